#include "goop-viewerd/site/transfer_ring.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"

struct transfer_ring {
	struct shared_ring ring;
	int socket;         /* -1: the transfer has left */
	unsigned int users; /* the transfer, and a chunk under way */
};

struct transfer_ring *
transfer_ring_new(struct shared_ring *ring, int socket)
{
	struct transfer_ring *new = xzalloc(sizeof(*new));

	new->ring = *ring;
	new->socket = socket;
	new->users = 1;
	*ring = (struct shared_ring){ 0 };
	return new;
}

static void
let_go(struct transfer_ring *ring)
{
	if (--ring->users > 0)
		return;
	shared_ring_close(&ring->ring);
	free(ring);
}

void
transfer_ring_leave(struct transfer_ring *ring)
{
	if (ring == NULL)
		return;
	ring->socket = -1;
	let_go(ring);
}

/* The client's connection has sent it all, or is gone. */
static void
on_chunk_done(const void *data, size_t len, void *arg)
{
	struct transfer_ring *ring = arg;
	char bell = 0;

	(void)data;
	/* A full socket is full of bells that goopd has not heard. */
	if (shared_ring_used(&ring->ring, len) && ring->socket != -1)
		(void)send(ring->socket, &bell, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	let_go(ring);
}

ssize_t
transfer_ring_take(
    struct transfer_ring *ring, struct evbuffer *chunk, size_t max)
{
	struct bytes bytes;
	ssize_t n;

	if (ring->users > 1)
		bug("site: a chunk of the ring is still under way");
	n = shared_ring_waiting(&ring->ring, &bytes);
	if (n <= 0)
		return n;
	if ((size_t)n > max)
		n = (ssize_t)max;
	if (evbuffer_add_reference(
		chunk, bytes.data, (size_t)n, on_chunk_done, ring) == -1)
		xalloc_failed();
	ring->users++;
	return n;
}
