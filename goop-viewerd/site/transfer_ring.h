/*
 * transfer_ring: the shared ring of one transfer, whose bytes go to the client
 * from where they lie. A client's connection may hold such bytes longer than
 * the transfer lives: the memory stays until both have let go.
 */
#ifndef GOOP_VIEWERD_SITE_TRANSFER_RING_H
#define GOOP_VIEWERD_SITE_TRANSFER_RING_H

#include <event2/buffer.h>

#include "common/base/shared_ring.h"

struct transfer_ring;

/* Takes *ring over; bells go to the socket, which is borrowed. */
struct transfer_ring *transfer_ring_new(struct shared_ring *ring, int socket);

/* The transfer lets go: the socket is not used any more. NULL is fine. */
void transfer_ring_leave(struct transfer_ring *);

/*
 * Put a piece of at most max bytes of what waits into chunk, without copying.
 * What was put there before must be gone from everywhere. How much; 0 if
 * nothing waits; -EPROTO if goopd plays tricks.
 */
ssize_t transfer_ring_take(
    struct transfer_ring *, struct evbuffer *chunk, size_t max);

#endif
