/*
 * local_stream: a body on its way to a reader on this machine, over the Unix
 * stream goopd.stream in the run directory. The reader connects, shows the
 * ticket that it got over the bus, and reads until the end. The socket's buffer
 * is the flow control; closing the socket cancels.
 *
 * A reader of a large body may send SHARED_RING_WISH in the same send as the
 * ticket: then the bytes come through a shared ring
 * (common/base/shared_ring.h), and the socket carries bells.
 */
#ifndef GOOPD_LOCAL_STREAM_LOCAL_STREAM_H
#define GOOPD_LOCAL_STREAM_LOCAL_STREAM_H

#include <event2/event.h>
#include <sys/types.h>

#include "common/base/bytes.h"

enum {
	LOCAL_STREAM_CLAIM_MS = 10000,  /* until the ticket is shown */
	LOCAL_STREAM_STALL_MS = 120000, /* without one byte taken */
	LOCAL_STREAM_CALLERS_MAX = 64,  /* connected, ticket not shown yet */
	LOCAL_STREAM_BUFFER =
	    512 * 1024, /* of the socket; the kernel may cap it */
};

struct local_stream_server; /* the socket, and all streams */
struct local_stream;

/* What provides the bytes: a file of our own site, a file that another peer
 * sends, a large answer of a database. */
struct local_stream_source {
	/* The reader has shown its ticket, or has room again. */
	void (*on_room)(struct local_stream *, void *arg);
	/* The reader closed, never connected, or stalled: the last call; the
	 * stream is gone when it returns. */
	void (*on_gone)(struct local_stream *, void *arg);
};

/* Listen beneath the run directory. 0 or -errno. */
int local_stream_server_open(struct event_base *, const char *run_directory,
    struct local_stream_server **ret);

/* Close the socket and all streams; on_gone comes for each. NULL is fine. */
void local_stream_server_close(struct local_stream_server *);

/* A new stream and its ticket (borrowed till the loop turns); NULL if there
 * are too many. on_gone or local_stream_free() ends it. */
struct local_stream *local_stream_new(struct local_stream_server *,
    const struct local_stream_source *, void *arg, struct bytes *ret_ticket);

/* Write to the reader. Returns how many bytes were taken; after fewer than
 * offered, on_room or on_gone follows, never from inside this call. */
size_t local_stream_write(struct local_stream *, struct bytes);

/* The same from a file, whose offset moves on. -EIO if the file fails,
 * -ENODATA if it ends early. */
ssize_t local_stream_send_file(
    struct local_stream *, int fd, uint64_t *offset, uint64_t len);

/* Close the reader's socket: it has the whole body, or knows that it does not.
 */
void local_stream_free(struct local_stream *);

#endif
