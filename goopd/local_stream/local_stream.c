#include "goopd/local_stream/local_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goopd/local_stream/local_stream_server.h"

COUNTER(deliveries_unclaimed, "tickets that nobody claimed in time");
COUNTER(deliveries_stalled, "deliveries given up: their reader took nothing");
COUNTER(deliveries_left, "deliveries that their reader closed early");
COUNTER(deliveries_over_limit, "site requests over the limit of deliveries");
COUNTER(local_stream_bytes, "bytes handed to local readers");

static void
set_deadline(struct local_stream *local_stream, int64_t ms)
{
	struct timeval wait = timeval_of_ms(ms);

	evtimer_add(local_stream->deadline, &wait);
}

void
local_stream_end(struct local_stream *local_stream)
{
	local_stream->source->on_gone(local_stream, local_stream->arg);
	local_stream_free(local_stream);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct local_stream *local_stream = arg;

	(void)fd;
	(void)what;
	if (local_stream->is_failed)
		counter_add(&deliveries_left, 1);
	else if (local_stream->fd == -1)
		counter_add(&deliveries_unclaimed, 1);
	else
		counter_add(&deliveries_stalled, 1);
	local_stream_end(local_stream);
}

/* on_gone from the loop: never from within a call of the source. */
static void
fail(struct local_stream *local_stream)
{
	local_stream->is_failed = true;
	set_deadline(local_stream, 0);
}

static void
on_room(evutil_socket_t fd, short what, void *arg)
{
	struct local_stream *local_stream = arg;

	(void)fd;
	(void)what;
	if (!local_stream->is_failed)
		local_stream->source->on_room(local_stream, local_stream->arg);
}

/* Nothing is left to read: the reader has left, or has closed its writing half
 * only. */
static void
on_half_closed(struct local_stream *local_stream)
{
	struct pollfd poll_fd = { .fd = local_stream->fd };

	event_del(local_stream->left);
	if (poll(&poll_fd, 1, 0) == 1 &&
	    (poll_fd.revents & (POLLHUP | POLLERR)) != 0)
		fail(local_stream);
}

/* A reader of a ring tells of room there; others say nothing after their
 * ticket. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct local_stream *local_stream = arg;
	char bells[64];
	ssize_t n = recv(fd, bells, sizeof(bells), MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		on_half_closed(local_stream);
	else if (local_stream->awaits_bell)
		on_room(fd, what, local_stream);
}

struct local_stream *
local_stream_new(struct local_stream_server *desk,
    const struct local_stream_source *source, void *arg,
    struct bytes *ret_ticket)
{
	struct local_stream *local_stream = xzalloc(sizeof(*local_stream));

	if (!tickets_add(desk->tickets, local_stream, ret_ticket) ||
	    desk->local_stream_count >= TICKETS_MAX) {
		tickets_drop(desk->tickets, local_stream);
		counter_add(&deliveries_over_limit, 1);
		free(local_stream);
		return NULL;
	}
	desk->local_stream_count++;
	TAILQ_INSERT_TAIL(&desk->deliveries, local_stream, all);
	local_stream->desk = desk;
	local_stream->source = source;
	local_stream->arg = arg;
	local_stream->fd = -1;
	local_stream->deadline =
	    evtimer_new(desk->base, on_deadline, local_stream);
	set_deadline(local_stream, LOCAL_STREAM_CLAIM_MS);
	return local_stream;
}

void
local_stream_claim(struct local_stream *local_stream, int fd)
{
	int size = LOCAL_STREAM_BUFFER;

	/* Fewer turns of the loop for the same bytes. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	local_stream->fd = fd;
	local_stream->room = event_new(
	    local_stream->desk->base, fd, EV_WRITE, on_room, local_stream);
	local_stream->left = event_new(local_stream->desk->base, fd,
	    EV_READ | EV_PERSIST, on_readable, local_stream);
	local_stream_ring_open(local_stream);
	event_add(local_stream->left, NULL);
	event_add(local_stream->room, NULL);
	set_deadline(local_stream, LOCAL_STREAM_STALL_MS);
}

static void
took(struct local_stream *local_stream, size_t len)
{
	counter_add(&local_stream_bytes, len);
	set_deadline(local_stream, LOCAL_STREAM_STALL_MS);
}

/* After a send of n: wait for room, or give up. Returns what was taken. */
static size_t
after_send(struct local_stream *local_stream, ssize_t n, uint64_t wanted)
{
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		fail(local_stream);
		return 0;
	}
	if (n > 0)
		took(local_stream, (size_t)n);
	if (n < 0 || (uint64_t)n < wanted)
		event_add(local_stream->room, NULL);
	return n > 0 ? (size_t)n : 0;
}

static size_t
write_to_ring(struct local_stream *local_stream, struct bytes bytes)
{
	ssize_t n = local_stream_ring_write(local_stream, bytes);

	if (n < 0)
		fail(local_stream);
	else if (n > 0)
		took(local_stream, (size_t)n);
	return n > 0 ? (size_t)n : 0;
}

size_t
local_stream_write(struct local_stream *local_stream, struct bytes bytes)
{
	ssize_t n;

	if (local_stream->fd == -1 || local_stream->is_failed || bytes.len == 0)
		return 0;
	if (local_stream->ring.memory != NULL)
		return write_to_ring(local_stream, bytes);
	n = send(local_stream->fd, bytes.data, bytes.len,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	return after_send(local_stream, n, bytes.len);
}

/* Fill the ring, within one turn's budget. */
static ssize_t
read_to_ring(
    struct local_stream *local_stream, int fd, uint64_t *offset, uint64_t len)
{
	uint64_t budget = len < SHARED_RING_SIZE ? len : SHARED_RING_SIZE;
	uint64_t done = 0;
	ssize_t n = 0;

	while (done < budget && n >= 0) {
		n = local_stream_ring_read_file(
		    local_stream, fd, (off_t)*offset, (size_t)(budget - done));
		if (n > 0) {
			*offset += (uint64_t)n;
			done += (uint64_t)n;
		}
	}
	local_stream->awaits_bell = n == -EAGAIN;
	if (n >= 0 && done < len)
		event_add(local_stream->room, NULL); /* the next turn goes on */
	else if (n == -EPROTO)
		fail(local_stream);
	else if (n < 0 && n != -EAGAIN)
		return n;
	if (done > 0)
		took(local_stream, (size_t)done);
	return (ssize_t)done;
}

ssize_t
local_stream_send_file(
    struct local_stream *local_stream, int fd, uint64_t *offset, uint64_t len)
{
	off_t at = (off_t)*offset;
	ssize_t n;

	if (local_stream->fd == -1 || local_stream->is_failed || len == 0)
		return 0;
	if (local_stream->ring.memory != NULL)
		return read_to_ring(local_stream, fd, offset, len);
	n = sendfile(local_stream->fd, fd, &at,
	    len < SENDFILE_MAX ? (size_t)len : SENDFILE_MAX);
	if (n == 0)
		return -ENODATA;
	if (n == -1 && errno == EIO)
		return -EIO;
	*offset = (uint64_t)at;
	return (ssize_t)after_send(local_stream, n, len);
}

void
local_stream_free(struct local_stream *local_stream)
{
	tickets_drop(local_stream->desk->tickets, local_stream);
	local_stream->desk->local_stream_count--;
	TAILQ_REMOVE(&local_stream->desk->deliveries, local_stream, all);
	event_free(local_stream->deadline);
	local_stream_ring_close(local_stream);
	if (local_stream->fd != -1) {
		event_free(local_stream->room);
		event_free(local_stream->left);
		close(local_stream->fd);
	}
	free(local_stream);
}
