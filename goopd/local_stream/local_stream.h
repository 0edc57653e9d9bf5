/*
 * delivery: bytes on their way to a reader on this machine, over the Unix
 * stream goopd.stream in the run directory. The reader connects, shows the
 * ticket that it got over the bus, and reads until the end. The socket's
 * buffer is the flow control; closing is cancelling.
 *
 * A reader of a large file may send SHARED_RING_WISH right behind the ticket:
 * then the bytes come through a shared ring (common/base/shared_ring.h), and
 * the socket carries bells.
 */
#ifndef GOOPD_LOCAL_STREAM_LOCAL_STREAM_H
#define GOOPD_LOCAL_STREAM_LOCAL_STREAM_H

#include <event2/event.h>
#include <sys/types.h>

#include "common/base/bytes.h"

enum {
	LOCAL_STREAM_CLAIM_MS = 10000,  /* to come and show the ticket */
	LOCAL_STREAM_STALL_MS = 120000, /* without one byte taken */
	LOCAL_STREAM_CALLERS_MAX = 64,  /* connected, ticket not shown yet */
	LOCAL_STREAM_BUFFER =
	    512 * 1024, /* of the socket; the kernel may cap it */
};

struct local_stream_server; /* the socket, and all deliveries */
struct local_stream;

/* Where the bytes come from. */
struct local_stream_source {
	/* The reader is there, or has room again. */
	void (*on_room)(struct local_stream *, void *arg);
	/* The reader left, never came, or stalled: the last call; the
	 * delivery is gone when it returns. */
	void (*on_gone)(struct local_stream *, void *arg);
};

/* Listen beneath the run directory. 0 or -errno. */
int local_stream_server_open(struct event_base *, const char *run_directory,
    struct local_stream_server **ret);
void local_stream_server_close(struct local_stream_server *); /* all are gone */

/* A new delivery and its ticket (borrowed till the loop turns); NULL if there
 * are too many. on_gone or local_stream_free() ends it. */
struct local_stream *local_stream_new(struct local_stream_server *,
    const struct local_stream_source *, void *arg, struct bytes *ret_ticket);

/* Hand over bytes: how many were taken; after fewer on_room or on_gone
 * follows, never from inside this call. */
size_t local_stream_write(struct local_stream *, struct bytes);

/* Likewise from a file, whose offset moves on. -errno if the file fails;
 * -ENODATA if it ends. */
ssize_t local_stream_send_file(
    struct local_stream *, int fd, uint64_t *offset, uint64_t len);

/* The end: close the reader's socket. */
void local_stream_free(struct local_stream *);

#endif
