/* Deliveries of large files: through memory that the reader has mapped too. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "goopd/local_stream/local_stream_server.h"

COUNTER(local_stream_rings, "deliveries through shared memory");
COUNTER(local_stream_rings_refused,
    "deliveries through the socket instead: too "
    "much shared memory");

/* A full socket is full of bells that the reader has not heard. */
static void
ring_bell(struct local_stream *local_stream)
{
	char bell = 0;

	(void)send(local_stream->fd, &bell, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
on_bell_due(evutil_socket_t fd, short what, void *arg)
{
	struct local_stream *local_stream = arg;

	(void)fd;
	(void)what;
	local_stream->owes_bell = false;
	if (shared_ring_rested(&local_stream->ring))
		ring_bell(local_stream);
}

void
local_stream_ring_open(struct local_stream *local_stream)
{
	struct local_stream_server *desk = local_stream->desk;
	char wish = 0;
	int fd = -1;

	/* It came in one send with the ticket, or it did not come. */
	if (recv(local_stream->fd, &wish, 1, MSG_DONTWAIT) != 1)
		return;
	if (wish != SHARED_RING_WISH ||
	    desk->ring_count >= LOCAL_STREAM_RINGS_MAX ||
	    shared_ring_make(&local_stream->ring, &fd) < 0)
		counter_add(&local_stream_rings_refused, 1);
	if (shared_ring_answer(local_stream->fd, fd) < 0)
		shared_ring_close(&local_stream->ring); /* it has left */
	if (fd != -1)
		close(fd);
	if (local_stream->ring.memory == NULL)
		return;
	counter_add(&local_stream_rings, 1);
	desk->ring_count++;
	local_stream->bell =
	    event_new(desk->base, -1, 0, on_bell_due, local_stream);
}

void
local_stream_ring_close(struct local_stream *local_stream)
{
	if (local_stream->ring.memory == NULL)
		return;
	local_stream->desk->ring_count--;
	event_free(local_stream->bell);
	shared_ring_close(&local_stream->ring);
}

/* Tell the reader of len more bytes, if it waits for some: at each step, and
 * when this turn of the loop ends. */
static void
publish(struct local_stream *local_stream, size_t len)
{
	if (shared_ring_wrote(&local_stream->ring, len))
		ring_bell(local_stream);
	if (!local_stream->owes_bell)
		event_active(local_stream->bell, EV_TIMEOUT, 0);
	local_stream->owes_bell = true;
}

ssize_t
local_stream_ring_write(struct local_stream *local_stream, struct bytes bytes)
{
	size_t done = 0;
	uint8_t *to;
	ssize_t room;

	while (done < bytes.len) {
		room = shared_ring_room(&local_stream->ring, &to);
		if (room < 0)
			return room;
		if (room == 0)
			break;
		if ((size_t)room > bytes.len - done)
			room = (ssize_t)(bytes.len - done);
		memcpy(to, bytes.data + done, (size_t)room);
		publish(local_stream, (size_t)room);
		done += (size_t)room;
	}
	local_stream->awaits_bell = done < bytes.len;
	return (ssize_t)done;
}

ssize_t
local_stream_ring_read_file(
    struct local_stream *local_stream, int fd, off_t at, size_t len)
{
	uint8_t *to;
	ssize_t room = shared_ring_room(&local_stream->ring, &to), n;

	if (room <= 0)
		return room < 0 ? room : -EAGAIN;
	n = pread(fd, to, len < (size_t)room ? len : (size_t)room, at);
	if (n == -1)
		return -EIO;
	if (n == 0)
		return -ENODATA;
	publish(local_stream, (size_t)n);
	return n;
}
