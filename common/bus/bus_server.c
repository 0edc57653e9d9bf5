#include "common/bus/bus_server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/bus/bus_frame.h"
#include "common/bus/bus_socket.h"
#include "common/bus/bus_typed.h"
#include "proto/field_msgpack.h"

/* Where one program asks. */
struct bus_endpoint {
	struct bus_server *server;
	const struct bus_caller *caller;
	struct bus_socket socket; /* closed: it may ask nothing here */
};

struct bus_server {
	LIST_ENTRY(bus_server) next;
	struct bus *bus;
	char *name;
	const struct bus_handler *handlers;
	void *arg;
	struct bus_endpoint endpoints[OP_CALLERS];
	struct bus_socket events;
	LIST_HEAD(bus_calls, bus_call) calls;
	size_t call_count;
	int64_t epoch;
	struct event_count *counts; /* of the events published so far */
	size_t counts_count;
};

COUNTER(bus_subscriptions_dropped, "bus subscriptions to nothing we know");
COUNTER(bus_events_unsent, "bus events that could not be sent");

struct event_count {
	uint16_t op;
	int64_t last;
};

static struct event_count *
find_count(struct bus_server *server, uint16_t op)
{
	size_t i;

	for (i = 0; i < server->counts_count; i++)
		if (server->counts[i].op == op)
			return &server->counts[i];
	return NULL;
}

static struct event_count *
take_count(struct bus_server *server, uint16_t op)
{
	struct event_count *count = find_count(server, op);

	if (count != NULL)
		return count;
	server->counts = xreallocarray(
	    server->counts, server->counts_count + 1, sizeof(*server->counts));
	count = &server->counts[server->counts_count++];
	*count = (struct event_count){ op, 0 };
	return count;
}

static void
send_event(
    struct bus_server *server, uint16_t op, int64_t number, struct bytes body)
{
	struct bus_header header = { BUS_EVENT, op, number, server->epoch };
	struct bytes frames[2] = { { NULL, 0 }, body };
	struct buffer head;

	buffer_init(&head, BUS_HEADER_MAX);
	bus_header_encode(&header, &head);
	frames[0] = buffer_bytes(&head);
	if (bus_socket_send(&server->events, frames, 2) < 0)
		counter_add(&bus_events_unsent, 1);
	buffer_fini(&head);
}

/* Tell the new subscriber, and so all of them, how far the count is. */
static void
on_subscribe(const struct bus_parts *parts, void *arg)
{
	static const uint8_t leaves = 0, joins = 1; /* zmq_socket(3), XPUB */
	struct bus_server *server = arg;
	struct cursor cursor = cursor_over(bus_part(parts, 0));
	const struct event_count *count;
	uint8_t what = cursor_u8(&cursor);
	uint16_t op;

	if (what == leaves && !cursor.failed)
		return;
	if (parts->count != 1 || what != joins ||
	    bus_event_prefix_decode(cursor_rest(&cursor), &op) < 0) {
		counter_add(&bus_subscriptions_dropped, 1);
		return;
	}
	count = find_count(server, op);
	send_event(server, op, count != NULL ? count->last : 0,
	    (struct bytes){ NULL, 0 });
}

void
bus_publish_untyped(
    struct bus_server *server, const struct op *event, const void *message)
{
	struct buffer body;

	buffer_init(&body, BUS_MESSAGE_MAX);
	if (message_encode_msgpack(event->request, message, &body) < 0) {
		counter_add(&bus_events_unsent, 1);
		log_error(
		    "bus event breaks its own limits event=%s", event->name);
	} else if (server->events.zmq != NULL) {
		send_event(server, event->number,
		    ++take_count(server, event->number)->last,
		    buffer_bytes(&body));
	}
	buffer_fini(&body);
}

COUNTER(bus_requests_dropped, "bus requests that made no sense, dropped");
COUNTER(bus_requests_forbidden, "bus requests that their caller may not ask");
COUNTER(bus_requests_refused, "bus requests over the limit, answered busy");
COUNTER(bus_answers_late, "bus answers whose caller had left");

enum { IDENTITY_MAX = 255 }; /* zmq_socket(3), ROUTER */

struct bus_call {
	LIST_ENTRY(bus_call) next;
	struct bus_server *server;     /* NULL: it was closed */
	struct bus_endpoint *endpoint; /* of the server */
	const struct op *op;
	int64_t id;
	struct monotime deadline;
	size_t identity_len;
	uint8_t identity[IDENTITY_MAX];
};

static void
call_free(struct bus_call *call)
{
	if (call->server != NULL) {
		LIST_REMOVE(call, next);
		call->server->call_count--;
	}
	free(call);
}

/* Send to the caller, unless it has left. */
static void
call_answer(struct bus_call *call, enum bus_kind kind, struct bytes body)
{
	struct bus_header header = { kind, call->op->number, call->id, 0 };
	struct bytes frames[3] = { { call->identity, call->identity_len } };
	struct buffer head;

	if (call->server == NULL)
		return;
	if (bus_call_left_ms(call) == 0) {
		counter_add(&bus_answers_late, 1);
		return;
	}
	buffer_init(&head, BUS_HEADER_MAX);
	bus_header_encode(&header, &head);
	frames[1] = buffer_bytes(&head);
	frames[2] = body;
	if (bus_socket_send(&call->endpoint->socket, frames, 3) < 0)
		counter_add(&bus_answers_late, 1);
	buffer_fini(&head);
}

static void
call_fail(struct bus_call *call, const struct bus_error *error)
{
	struct buffer body;

	buffer_init(&body, BUS_MESSAGE_MAX);
	bus_error_encode(error, &body);
	call_answer(call, BUS_ERROR, buffer_bytes(&body));
	buffer_fini(&body);
	call_free(call);
}

int64_t
bus_call_left_ms(const struct bus_call *call)
{
	int64_t left = monotime_since_ms(call->deadline, monotime_now());

	return call->server != NULL && left > 0 ? left : 0;
}

void
bus_fail(struct bus_call *call, enum bus_code code, const char *format, ...)
{
	struct bus_error error = { code, "" };
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error.message, sizeof(error.message), format, arguments);
	va_end(arguments);
	call_fail(call, &error);
}

void
bus_reply_untyped(struct bus_call *call, const struct op *op, const void *reply)
{
	struct buffer body;
	int rc;

	if (call->op != op)
		bug("bus: %s answered as %s", call->op->name, op->name);
	buffer_init(&body, BUS_MESSAGE_MAX);
	rc = message_encode_msgpack(call->op->reply, reply, &body);
	if (rc == -ENOBUFS) {
		bus_fail(call, BUS_TOO_LARGE, "the answer is too large");
	} else if (rc < 0) {
		log_error(
		    "bus answer breaks its own limits op=%s", call->op->name);
		bus_fail(call, BUS_INTERNAL, "the answer breaks its limits");
	} else {
		call_answer(call, BUS_REPLY, buffer_bytes(&body));
		call_free(call);
	}
	buffer_fini(&body);
}

static const struct bus_handler *
find_handler(const struct bus_server *server, uint16_t number)
{
	const struct bus_handler *handler = server->handlers;

	for (; handler->op != NULL; handler++)
		if (handler->op->number == number)
			return handler;
	return NULL;
}

static struct bus_call *
call_new(struct bus_endpoint *endpoint, struct bytes identity,
    const struct bus_header *header)
{
	struct bus_server *server = endpoint->server;
	struct bus_call *call = xzalloc(sizeof(*call));

	call->server = server;
	call->endpoint = endpoint;
	call->id = header->id;
	call->deadline = monotime_add_ms(monotime_now(), header->budget_ms);
	memcpy(call->identity, identity.data, identity.len);
	call->identity_len = identity.len;
	LIST_INSERT_HEAD(&server->calls, call, next);
	server->call_count++;
	return call;
}

static void
call_handle(
    struct bus_call *call, const struct bus_handler *handler, struct bytes body)
{
	const struct message *message = handler->op->request;
	CLEANUP_FREE void *request = xzalloc(message->size);
	CLEANUP_FREE char *why = NULL;

	if (message_decode_msgpack(message, body, request, &why) < 0) {
		bus_fail(call, BUS_BAD_REQUEST, "%s", why);
		return;
	}
	handler->invoke(handler->handle, call, request, call->server->arg);
	message_fini(message, request);
}

/* Fail what must not reach a handler: 0, or a negative value. */
static int
call_admit(struct bus_call *call, const struct bus_handler *handler,
    unsigned int number)
{
	const struct bus_server *server = call->server;
	const struct bus_caller *caller = call->endpoint->caller;

	if (server->call_count > BUS_PENDING_MAX) {
		counter_add(&bus_requests_refused, 1);
		bus_fail(call, BUS_BUSY, "too many requests under way");
		return -EBUSY;
	}
	if (handler == NULL) {
		bus_fail(call, BUS_BAD_REQUEST, "%s has no operation %u",
		    server->name, number);
		return -ENOSYS;
	}
	if ((handler->op->callers & caller->caller) == 0) {
		counter_add(&bus_requests_forbidden, 1);
		bus_fail(call, BUS_FORBIDDEN, "%s may not ask %s of %s",
		    caller->name, handler->op->name, server->name);
		return -EPERM;
	}
	return 0;
}

static void
on_request(const struct bus_parts *parts, void *arg)
{
	/* To answer those whose operation we do not know. */
	static const struct op unknown = { .name = "unknown" };
	struct bus_endpoint *endpoint = arg;
	const struct bus_handler *handler;
	struct bus_header header;
	struct bus_call *call;
	struct bytes identity = bus_part(parts, 0);

	if (parts->count != 3 || identity.len > IDENTITY_MAX ||
	    bus_header_decode(bus_part(parts, 1), &header) < 0 ||
	    header.kind != BUS_REQUEST) {
		counter_add(&bus_requests_dropped, 1);
		return;
	}
	call = call_new(endpoint, identity, &header);
	handler = find_handler(endpoint->server, header.op);
	call->op = handler != NULL ? handler->op : &unknown;
	if (call_admit(call, handler, header.op) == 0)
		call_handle(call, handler, bus_part(parts, 2));
}

static int
bind_as(struct bus_server *server, struct bus_socket *socket, const char *kind)
{
	CLEANUP_FREE char *endpoint =
	    bus_address(server->bus, server->name, kind);

	return bus_socket_bind(socket, endpoint);
}

/* The programs that may ask anything here. */
static unsigned int
callers_of(const struct bus_server *server)
{
	const struct bus_handler *handler = server->handlers;
	unsigned int callers = 0;

	for (; handler->op != NULL; handler++)
		callers |= handler->op->callers;
	return callers;
}

static int
endpoint_open(struct bus_server *server, struct bus_endpoint *endpoint,
    const struct bus_caller *caller)
{
	struct bus *bus = server->bus;
	int rc;

	endpoint->server = server;
	endpoint->caller = caller;
	rc = bus_socket_open(&endpoint->socket, bus->base, bus->zmq, ZMQ_ROUTER,
	    on_request, endpoint);
	return rc < 0 ? rc : bind_as(server, &endpoint->socket, caller->suffix);
}

static int
server_open(struct bus_server *server)
{
	struct bus *bus = server->bus;
	unsigned int callers = callers_of(server);
	size_t i;
	int rc;

	rc = bus_socket_open(&server->events, bus->base, bus->zmq, ZMQ_XPUB,
	    on_subscribe, server);
	if (rc == 0)
		rc = bind_as(server, &server->events, "events");
	for (i = 0; i < OP_CALLERS && rc == 0; i++)
		if (callers & bus_callers[i].caller)
			rc = endpoint_open(
			    server, &server->endpoints[i], &bus_callers[i]);
	return rc;
}

int
bus_serve(struct bus *bus, const char *name, const struct bus_handler *handlers,
    void *arg, struct bus_server **ret)
{
	struct bus_server *server = xzalloc(sizeof(*server));
	int rc;

	server->bus = bus;
	server->name = xstrdup(name);
	server->handlers = handlers;
	server->arg = arg;
	server->epoch = 1 + random_below(INT32_MAX);
	LIST_INSERT_HEAD(&bus->servers, server, next);
	rc = bus->is_held ? 0 : server_open(server);
	if (rc < 0) {
		bus_server_free(server);
		return rc;
	}
	*ret = server;
	return 0;
}

void
bus_server_free(struct bus_server *server)
{
	struct bus_call *call;
	size_t i;

	if (server == NULL)
		return;
	/* Their handlers still hold them; the answers go nowhere. The callers
	 * notice that the connection is gone. */
	LIST_FOREACH (call, &server->calls, next)
		call->server = NULL;
	for (i = 0; i < OP_CALLERS; i++)
		bus_socket_close(&server->endpoints[i].socket);
	bus_socket_close(&server->events);
	LIST_REMOVE(server, next);
	free(server->counts);
	free(server->name);
	free(server);
}

int
bus_servers_open(struct bus *bus)
{
	struct bus_server *server;
	int rc = 0;

	LIST_FOREACH (server, &bus->servers, next)
		if (rc == 0)
			rc = server_open(server);
	return rc;
}

void
bus_servers_free(struct bus *bus)
{
	while (!LIST_EMPTY(&bus->servers))
		bus_server_free(LIST_FIRST(&bus->servers));
}
