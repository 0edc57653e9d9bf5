/*
 * feed: what is said to many, formatted once. A chunk is immutable bytes that
 * hold whole messages, shared by all who have still to send it; a feed is the
 * list of chunks from the one that its slowest reader is in to the newest;
 * each reader is a cursor. Nothing is copied for a reader, and a chunk goes
 * when the last one has left it.
 */
#ifndef GOOP_RENDEZVOUSD_HUB_BROADCAST_LOG_H
#define GOOP_RENDEZVOUSD_HUB_BROADCAST_LOG_H

#include <sys/uio.h>

#include "common/base/bytes.h"

struct chunk {
	struct chunk *next; /* the newer one in the feed, a reference */
	uint32_t refs;
	uint32_t messages;
	uint64_t end; /* where it ends, in bytes since the feed began */
	size_t len;
	uint8_t data[];
};

/* A copy of bytes that hold so many messages; one reference, the caller's. */
struct chunk *chunk_new(struct bytes, uint32_t messages);
struct chunk *chunk_ref(struct chunk *); /* returns it */
void chunk_unref(struct chunk *);        /* NULL is fine */

struct broadcast_log {
	struct chunk *newest; /* never NULL */
};

void broadcast_log_init(struct broadcast_log *);
void broadcast_log_fini(struct broadcast_log *); /* readers may live on */

/* Append; takes the reference. */
void broadcast_log_append(struct broadcast_log *, struct chunk *);

/* A reader's place; chunk is NULL while it reads no feed. */
struct broadcast_log_cursor {
	struct chunk *chunk; /* a reference */
	size_t offset;
};

/* Read from here on: only what is appended later. */
void broadcast_log_cursor_init(
    struct broadcast_log_cursor *, const struct broadcast_log *);
void broadcast_log_cursor_fini(struct broadcast_log_cursor *);

/* Up to max pieces of what comes next; how many there are. */
int broadcast_log_cursor_iov(
    const struct broadcast_log_cursor *, struct iovec *pieces, int max);

/* So many bytes were sent, no more than there are. Returns how many messages
 * that completed, by whole chunks. */
uint32_t broadcast_log_cursor_advance(
    struct broadcast_log_cursor *, size_t bytes);

/* Between messages, as far as the chunks tell: something else may be said. */
bool broadcast_log_cursor_is_between(const struct broadcast_log_cursor *);

/* Bytes of the feed that are still to come; 0 without one. */
uint64_t broadcast_log_cursor_lag(
    const struct broadcast_log_cursor *, const struct broadcast_log *);

#endif
