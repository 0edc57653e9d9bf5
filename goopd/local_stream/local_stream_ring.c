/* Deliveries of large files: through memory that the reader has mapped too. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "goopd/local_stream/local_stream_server.h"

COUNTER(delivery_rings, "deliveries through shared memory");
COUNTER(delivery_rings_refused, "deliveries through the socket instead: too "
				"much shared memory");

/* A full socket is full of bells that the reader has not heard. */
static void
ring_bell(struct delivery *delivery)
{
	char bell = 0;

	(void)send(delivery->fd, &bell, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
on_bell_due(evutil_socket_t fd, short what, void *arg)
{
	struct delivery *delivery = arg;

	(void)fd;
	(void)what;
	delivery->owes_bell = false;
	if (shared_ring_rested(&delivery->ring))
		ring_bell(delivery);
}

void
delivery_ring_open(struct delivery *delivery)
{
	struct delivery_desk *desk = delivery->desk;
	char wish = 0;
	int fd = -1;

	/* It came in one send with the ticket, or it did not come. */
	if (recv(delivery->fd, &wish, 1, MSG_DONTWAIT) != 1)
		return;
	if (wish != SHARED_RING_WISH ||
	    desk->ring_count >= DELIVERY_RINGS_MAX ||
	    shared_ring_make(&delivery->ring, &fd) < 0)
		counter_add(&delivery_rings_refused, 1);
	if (shared_ring_answer(delivery->fd, fd) < 0)
		shared_ring_close(&delivery->ring); /* it has left */
	if (fd != -1)
		close(fd);
	if (delivery->ring.memory == NULL)
		return;
	counter_add(&delivery_rings, 1);
	desk->ring_count++;
	delivery->bell = event_new(desk->base, -1, 0, on_bell_due, delivery);
}

void
delivery_ring_close(struct delivery *delivery)
{
	if (delivery->ring.memory == NULL)
		return;
	delivery->desk->ring_count--;
	event_free(delivery->bell);
	shared_ring_close(&delivery->ring);
}

/* Tell the reader of len more bytes, if it waits for some: at each step, and
 * when this turn of the loop ends. */
static void
publish(struct delivery *delivery, size_t len)
{
	if (shared_ring_wrote(&delivery->ring, len))
		ring_bell(delivery);
	if (!delivery->owes_bell)
		event_active(delivery->bell, EV_TIMEOUT, 0);
	delivery->owes_bell = true;
}

ssize_t
delivery_ring_write(struct delivery *delivery, struct bytes bytes)
{
	size_t done = 0;
	uint8_t *to;
	ssize_t room;

	while (done < bytes.len) {
		room = shared_ring_room(&delivery->ring, &to);
		if (room < 0)
			return room;
		if (room == 0)
			break;
		if ((size_t)room > bytes.len - done)
			room = (ssize_t)(bytes.len - done);
		memcpy(to, bytes.data + done, (size_t)room);
		publish(delivery, (size_t)room);
		done += (size_t)room;
	}
	delivery->awaits_bell = done < bytes.len;
	return (ssize_t)done;
}

ssize_t
delivery_ring_read_file(struct delivery *delivery, int fd, off_t at, size_t len)
{
	uint8_t *to;
	ssize_t room = shared_ring_room(&delivery->ring, &to), n;

	if (room <= 0)
		return room < 0 ? room : -EAGAIN;
	n = pread(fd, to, len < (size_t)room ? len : (size_t)room, at);
	if (n == -1)
		return -EIO;
	if (n == 0)
		return -ENODATA;
	publish(delivery, (size_t)n);
	return n;
}
