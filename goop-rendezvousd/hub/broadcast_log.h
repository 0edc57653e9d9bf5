/*
 * broadcast_log: messages for many subscribers, formatted once. A chunk is
 * immutable bytes of whole messages, shared by all that still have to send it;
 * the log is the list of chunks from the one that its slowest reader is in to
 * the newest; a reader is a cursor. Nothing is copied for a reader, and a chunk
 * is freed when the last reader has left it.
 */
#ifndef GOOP_RENDEZVOUSD_HUB_BROADCAST_LOG_H
#define GOOP_RENDEZVOUSD_HUB_BROADCAST_LOG_H

#include <sys/uio.h>

#include "common/base/bytes.h"

struct chunk {
	struct chunk *next; /* the next newer one, a reference */
	uint32_t refs;
	uint32_t messages;
	uint64_t end; /* where it ends, in bytes since the log began */
	size_t len;
	uint8_t data[];
};

/* A copy of the bytes of so many messages; one reference, the caller's. */
struct chunk *chunk_new(struct bytes, uint32_t messages);
struct chunk *chunk_ref(struct chunk *); /* returns it */
void chunk_unref(struct chunk *);        /* NULL is fine */

struct broadcast_log {
	struct chunk *newest; /* never NULL */
};

void broadcast_log_init(struct broadcast_log *);
void broadcast_log_fini(
    struct broadcast_log *); /* its readers may outlive it */

/* Append; consumes the reference. */
void broadcast_log_append(struct broadcast_log *, struct chunk *);

/* The place of a reader; chunk is NULL while it reads no log. */
struct broadcast_log_cursor {
	struct chunk *chunk; /* a reference */
	size_t offset;
};

/* Read from the end: only what is appended later. */
void broadcast_log_cursor_init(
    struct broadcast_log_cursor *, const struct broadcast_log *);
void broadcast_log_cursor_fini(struct broadcast_log_cursor *);

/* Up to max pieces of what comes next; returns their number. */
int broadcast_log_cursor_iov(
    const struct broadcast_log_cursor *, struct iovec *pieces, int max);

/* So many bytes were sent, at most what there is. Returns the number of
 * messages in the chunks that this completed. */
uint32_t broadcast_log_cursor_advance(
    struct broadcast_log_cursor *, size_t bytes);

/* At the end of a chunk, where other messages may be sent? */
bool broadcast_log_cursor_is_between(const struct broadcast_log_cursor *);

/* Bytes of the log that are still to be sent; 0 if it reads none. */
uint64_t broadcast_log_cursor_lag(
    const struct broadcast_log_cursor *, const struct broadcast_log *);

#endif
