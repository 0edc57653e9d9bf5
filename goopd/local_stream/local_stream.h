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

#define DELIVERY_SOCKET "goopd.stream"

enum {
	DELIVERY_CLAIM_MS = 10000,    /* to come and show the ticket */
	DELIVERY_STALL_MS = 120000,   /* without one byte taken */
	DELIVERY_CALLERS_MAX = 64,    /* connected, ticket not shown yet */
	DELIVERY_BUFFER = 512 * 1024, /* of the socket; the kernel may cap it */
};

struct delivery_desk; /* the socket, and all deliveries */
struct delivery;

/* Where the bytes come from. */
struct delivery_source {
	/* The reader is there, or has room again. */
	void (*on_room)(struct delivery *, void *arg);
	/* The reader left, never came, or stalled: the last call; the
	 * delivery is gone when it returns. */
	void (*on_gone)(struct delivery *, void *arg);
};

/* Listen beneath the run directory. 0 or -errno. */
int delivery_desk_open(
    struct event_base *, const char *run_directory, struct delivery_desk **ret);
void delivery_desk_close(struct delivery_desk *); /* all are gone */

/* A new delivery and its ticket (borrowed till the loop turns); NULL if there
 * are too many. on_gone or delivery_free() ends it. */
struct delivery *delivery_new(struct delivery_desk *,
    const struct delivery_source *, void *arg, struct bytes *ret_ticket);

/* Hand over bytes: how many were taken; after fewer on_room or on_gone
 * follows, never from inside this call. */
size_t delivery_write(struct delivery *, struct bytes);

/* Likewise from a file, whose offset moves on. -errno if the file fails;
 * -ENODATA if it ends. */
ssize_t delivery_send_file(
    struct delivery *, int fd, uint64_t *offset, uint64_t len);

/* The end: close the reader's socket. */
void delivery_free(struct delivery *);

#endif
