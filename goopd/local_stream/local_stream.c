#include "goopd/local_stream/local_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "goopd/local_stream/local_stream_server.h"

COUNTER(deliveries_unclaimed, "tickets that nobody claimed in time");
COUNTER(deliveries_stalled, "deliveries given up: their reader took nothing");
COUNTER(deliveries_left, "deliveries that their reader closed early");
COUNTER(deliveries_over_limit, "site requests over the limit of deliveries");
COUNTER(delivery_bytes, "bytes handed to local readers");

static void
set_deadline(struct delivery *delivery, int64_t ms)
{
	struct timeval wait = { ms / 1000, (ms % 1000) * 1000 };

	evtimer_add(delivery->deadline, &wait);
}

void
delivery_end(struct delivery *delivery)
{
	delivery->source->on_gone(delivery, delivery->arg);
	delivery_free(delivery);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct delivery *delivery = arg;

	(void)fd;
	(void)what;
	if (delivery->is_failed)
		counter_add(&deliveries_left, 1);
	else if (delivery->fd == -1)
		counter_add(&deliveries_unclaimed, 1);
	else
		counter_add(&deliveries_stalled, 1);
	delivery_end(delivery);
}

/* on_gone from the loop: never from within a call of the source. */
static void
fail(struct delivery *delivery)
{
	delivery->is_failed = true;
	set_deadline(delivery, 0);
}

static void
on_room(evutil_socket_t fd, short what, void *arg)
{
	struct delivery *delivery = arg;

	(void)fd;
	(void)what;
	if (!delivery->is_failed)
		delivery->source->on_room(delivery, delivery->arg);
}

/* Nothing is left to read: the reader has left, or has closed its writing half
 * only. */
static void
on_half_closed(struct delivery *delivery)
{
	struct pollfd poll_fd = { .fd = delivery->fd };

	event_del(delivery->left);
	if (poll(&poll_fd, 1, 0) == 1 &&
	    (poll_fd.revents & (POLLHUP | POLLERR)) != 0)
		fail(delivery);
}

/* A reader of a ring tells of room there; others say nothing after their
 * ticket. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct delivery *delivery = arg;
	char bells[64];
	ssize_t n = recv(fd, bells, sizeof(bells), MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		on_half_closed(delivery);
	else if (delivery->awaits_bell)
		on_room(fd, what, delivery);
}

struct delivery *
delivery_new(struct delivery_desk *desk, const struct delivery_source *source,
    void *arg, struct bytes *ret_ticket)
{
	struct delivery *delivery = xzalloc(sizeof(*delivery));

	if (!tickets_add(desk->tickets, delivery, ret_ticket) ||
	    desk->delivery_count >= TICKETS_MAX) {
		tickets_drop(desk->tickets, delivery);
		counter_add(&deliveries_over_limit, 1);
		free(delivery);
		return NULL;
	}
	desk->delivery_count++;
	TAILQ_INSERT_TAIL(&desk->deliveries, delivery, all);
	delivery->desk = desk;
	delivery->source = source;
	delivery->arg = arg;
	delivery->fd = -1;
	delivery->deadline = evtimer_new(desk->base, on_deadline, delivery);
	set_deadline(delivery, DELIVERY_CLAIM_MS);
	return delivery;
}

void
delivery_claim(struct delivery *delivery, int fd)
{
	int size = DELIVERY_BUFFER;

	/* Fewer turns of the loop for the same bytes. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	delivery->fd = fd;
	delivery->room =
	    event_new(delivery->desk->base, fd, EV_WRITE, on_room, delivery);
	delivery->left = event_new(delivery->desk->base, fd,
	    EV_READ | EV_PERSIST, on_readable, delivery);
	delivery_ring_open(delivery);
	event_add(delivery->left, NULL);
	event_add(delivery->room, NULL);
	set_deadline(delivery, DELIVERY_STALL_MS);
}

static void
took(struct delivery *delivery, size_t len)
{
	counter_add(&delivery_bytes, len);
	set_deadline(delivery, DELIVERY_STALL_MS);
}

/* After a send of n: wait for room, or give up. Returns what was taken. */
static size_t
after_send(struct delivery *delivery, ssize_t n, uint64_t wanted)
{
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		fail(delivery);
		return 0;
	}
	if (n > 0)
		took(delivery, (size_t)n);
	if (n < 0 || (uint64_t)n < wanted)
		event_add(delivery->room, NULL);
	return n > 0 ? (size_t)n : 0;
}

static size_t
write_to_ring(struct delivery *delivery, struct bytes bytes)
{
	ssize_t n = delivery_ring_write(delivery, bytes);

	if (n < 0)
		fail(delivery);
	else if (n > 0)
		took(delivery, (size_t)n);
	return n > 0 ? (size_t)n : 0;
}

size_t
delivery_write(struct delivery *delivery, struct bytes bytes)
{
	ssize_t n;

	if (delivery->fd == -1 || delivery->is_failed || bytes.len == 0)
		return 0;
	if (delivery->ring.memory != NULL)
		return write_to_ring(delivery, bytes);
	n = send(
	    delivery->fd, bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return after_send(delivery, n, bytes.len);
}

/* Fill the ring, within one turn's budget. */
static ssize_t
read_to_ring(struct delivery *delivery, int fd, uint64_t *offset, uint64_t len)
{
	uint64_t budget = len < SHARED_RING_SIZE ? len : SHARED_RING_SIZE;
	uint64_t done = 0;
	ssize_t n = 0;

	while (done < budget && n >= 0) {
		n = delivery_ring_read_file(
		    delivery, fd, (off_t)*offset, (size_t)(budget - done));
		if (n > 0) {
			*offset += (uint64_t)n;
			done += (uint64_t)n;
		}
	}
	delivery->awaits_bell = n == -EAGAIN;
	if (n >= 0 && done < len)
		event_add(delivery->room, NULL); /* the next turn goes on */
	else if (n == -EPROTO)
		fail(delivery);
	else if (n < 0 && n != -EAGAIN)
		return n;
	if (done > 0)
		took(delivery, (size_t)done);
	return (ssize_t)done;
}

ssize_t
delivery_send_file(
    struct delivery *delivery, int fd, uint64_t *offset, uint64_t len)
{
	off_t at = (off_t)*offset;
	ssize_t n;

	if (delivery->fd == -1 || delivery->is_failed || len == 0)
		return 0;
	if (delivery->ring.memory != NULL)
		return read_to_ring(delivery, fd, offset, len);
	n = sendfile(delivery->fd, fd, &at,
	    len < SENDFILE_MAX ? (size_t)len : SENDFILE_MAX);
	if (n == 0)
		return -ENODATA;
	if (n == -1 && errno == EIO)
		return -EIO;
	*offset = (uint64_t)at;
	return (ssize_t)after_send(delivery, n, len);
}

void
delivery_free(struct delivery *delivery)
{
	tickets_drop(delivery->desk->tickets, delivery);
	delivery->desk->delivery_count--;
	TAILQ_REMOVE(&delivery->desk->deliveries, delivery, all);
	event_free(delivery->deadline);
	delivery_ring_close(delivery);
	if (delivery->fd != -1) {
		event_free(delivery->room);
		event_free(delivery->left);
		close(delivery->fd);
	}
	free(delivery);
}
