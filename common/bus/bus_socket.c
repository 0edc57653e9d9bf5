#include "common/bus/bus_socket.h"

#include <errno.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/bus/bus.h"

COUNTER(bus_messages_odd, "bus messages with too many frames, dropped");

/* Queues are bounded by the requests under way, so this is never the limit
 * that a request hits first; events are dropped at it. */
enum { QUEUE_MAX = BUS_PENDING_MAX + 64 };
enum { RECONNECT_MS = 10, RECONNECT_MAX_MS = 200 };

struct bytes
bus_part(const struct bus_parts *parts, size_t number)
{
	zmq_msg_t *frame = (zmq_msg_t *)(uintptr_t)&parts->frames[number];

	return (struct bytes){ zmq_msg_data(frame), zmq_msg_size(frame) };
}

static void
parts_close(struct bus_parts *parts)
{
	while (parts->count > 0)
		zmq_msg_close(&parts->frames[--parts->count]);
}

/* Read and drop what is left of a message with too many frames. */
static void
drop_rest(struct bus_socket *socket)
{
	zmq_msg_t frame;
	bool more = true;

	while (more) {
		zmq_msg_init(&frame);
		more = zmq_msg_recv(&frame, socket->zmq, ZMQ_DONTWAIT) != -1 &&
		       zmq_msg_more(&frame);
		zmq_msg_close(&frame);
	}
}

/* The frames of a message come together or not at all. */
static int
receive(struct bus_socket *socket, struct bus_parts *parts)
{
	zmq_msg_t *frame;

	parts->count = 0;
	do {
		frame = &parts->frames[parts->count];
		zmq_msg_init(frame);
		if (zmq_msg_recv(frame, socket->zmq, ZMQ_DONTWAIT) == -1) {
			zmq_msg_close(frame);
			parts_close(parts);
			return -EAGAIN;
		}
		parts->count++;
		if (!zmq_msg_more(frame))
			return 0;
	} while (parts->count < BUS_PARTS_MAX);
	drop_rest(socket);
	parts_close(parts);
	counter_add(&bus_messages_odd, 1);
	return -EBADMSG;
}

static bool
is_readable(struct bus_socket *socket)
{
	int events = 0;
	size_t size = sizeof(events);

	if (zmq_getsockopt(socket->zmq, ZMQ_EVENTS, &events, &size) == -1)
		return false;
	return events & ZMQ_POLLIN;
}

/* A timer of zero, not event_active(): others get their turn in between. */
static void
look_again(struct bus_socket *socket)
{
	static const struct timeval now = { 0, 0 };

	if (is_readable(socket) && !evtimer_pending(socket->again, NULL) &&
	    evtimer_add(socket->again, &now) == -1)
		xalloc_failed();
}

static void
on_wakeup(evutil_socket_t fd, short what, void *arg)
{
	struct bus_socket *socket = arg;
	struct bus_parts parts;
	bool closed = false;
	int n;

	(void)fd;
	(void)what;
	socket->closed = &closed;
	for (n = 0; n < BUS_BATCH && is_readable(socket); n++) {
		if (receive(socket, &parts) < 0)
			continue;
		socket->on_message(&parts, socket->arg);
		parts_close(&parts);
		if (closed)
			return;
	}
	socket->closed = NULL;
	look_again(socket);
}

static int
set_int(void *zmq, int option, int value)
{
	if (zmq_setsockopt(zmq, option, &value, sizeof(value)) == -1)
		return -errno;
	return 0;
}

static int
set_limits(void *zmq, int type)
{
	int64_t max = BUS_MESSAGE_MAX;
	int rc = 0;

	if (zmq_setsockopt(zmq, ZMQ_MAXMSGSIZE, &max, sizeof(max)) == -1)
		return -errno;
	rc |= set_int(zmq, ZMQ_LINGER, 0);
	rc |= set_int(zmq, ZMQ_SNDHWM, QUEUE_MAX);
	rc |= set_int(zmq, ZMQ_RCVHWM, QUEUE_MAX);
	rc |= set_int(zmq, ZMQ_RECONNECT_IVL, RECONNECT_MS);
	rc |= set_int(zmq, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
	if (type == ZMQ_DEALER) /* nothing waits for a dead daemon */
		rc |= set_int(zmq, ZMQ_IMMEDIATE, 1);
	if (type == ZMQ_ROUTER) /* tell us when the caller has left */
		rc |= set_int(zmq, ZMQ_ROUTER_MANDATORY, 1);
	if (type == ZMQ_XPUB) /* each subscriber, not only the first */
		rc |= set_int(zmq, ZMQ_XPUB_VERBOSE, 1);
	return rc == 0 ? 0 : -EINVAL;
}

static int
watch(struct bus_socket *socket, struct event_base *base)
{
	int fd = -1;
	size_t size = sizeof(fd);

	if (zmq_getsockopt(socket->zmq, ZMQ_FD, &fd, &size) == -1)
		return -errno;
	socket->edge =
	    event_new(base, fd, EV_READ | EV_PERSIST, on_wakeup, socket);
	socket->again = evtimer_new(base, on_wakeup, socket);
	if (socket->edge == NULL || socket->again == NULL ||
	    event_add(socket->edge, NULL) == -1)
		return -ENOMEM;
	look_again(socket);
	return 0;
}

int
bus_socket_open(struct bus_socket *socket, struct event_base *base,
    void *zmq_context, int type, bus_socket_fn *on_message, void *arg)
{
	int rc;

	*socket = (struct bus_socket){ .on_message = on_message, .arg = arg };
	socket->zmq = zmq_socket(zmq_context, type);
	if (socket->zmq == NULL)
		return -errno;
	rc = set_limits(socket->zmq, type);
	if (rc == 0)
		rc = watch(socket, base);
	if (rc < 0)
		bus_socket_close(socket);
	return rc;
}

void
bus_socket_close(struct bus_socket *socket)
{
	if (socket->closed != NULL)
		*socket->closed = true;
	if (socket->edge != NULL)
		event_free(socket->edge);
	if (socket->again != NULL)
		event_free(socket->again);
	if (socket->zmq != NULL)
		zmq_close(socket->zmq);
	*socket = (struct bus_socket){ 0 };
}

int
bus_socket_send(
    struct bus_socket *socket, const struct bytes *frames, size_t count)
{
	int flags, rc = 0;
	size_t i;

	for (i = 0; i < count && rc == 0; i++) {
		flags = ZMQ_DONTWAIT | (i + 1 < count ? ZMQ_SNDMORE : 0);
		if (zmq_send(socket->zmq, frames[i].data, frames[i].len,
			flags) == -1)
			rc = -errno;
	}
	look_again(socket);
	return rc;
}

int
bus_socket_bind(struct bus_socket *socket, const char *endpoint)
{
	int rc = zmq_bind(socket->zmq, endpoint) == -1 ? -errno : 0;

	look_again(socket);
	return rc;
}

int
bus_socket_connect(struct bus_socket *socket, const char *endpoint)
{
	int rc = zmq_connect(socket->zmq, endpoint) == -1 ? -errno : 0;

	look_again(socket);
	return rc;
}
