#include "common/bus/bus_client.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/bus/bus_frame.h"
#include "common/bus/bus_socket.h"
#include "common/bus/bus_typed.h"
#include "proto/field_msgpack.h"

/* The connection of a client. UNKNOWN: the first try is under way. */
enum bus_connection {
	BUS_CONNECTION_UNKNOWN,
	BUS_CONNECTION_UP,
	BUS_CONNECTION_DOWN
};

struct bus_subscription {
	const struct bus_subscriber *subscriber;
	int64_t epoch;
	int64_t last; /* number of the last event */
	bool is_live; /* the publisher knows that we listen */
};

struct bus_client {
	LIST_ENTRY(bus_client) next;
	struct bus *bus;
	char *name;
	const struct bus_watcher *watcher;
	void *arg;
	enum bus_connection state;
	struct bus_socket rpc;
	struct bus_socket monitor;
	struct bus_socket events;
	struct bus_subscription *subscriptions;
	size_t subscription_count;
	struct event *gap; /* on_gap is due */
	struct bus_pending *pending;
	int64_t last_id;
};

COUNTER(bus_events_dropped, "bus events that made no sense, dropped");
COUNTER(bus_gaps, "times that events from a daemon may have been missed");

static void
on_gap_due(evutil_socket_t fd, short what, void *arg)
{
	struct bus_client *client = arg;

	(void)fd;
	(void)what;
	if (client->state == BUS_CONNECTION_UP)
		client->watcher->on_gap(client->arg);
}

/* From the loop, not from here: several gaps need one snapshot. */
static void
schedule_gap(struct bus_client *client)
{
	static const struct timeval now = { 0, 0 };

	if (client->watcher != NULL && client->watcher->on_gap != NULL)
		evtimer_add(client->gap, &now);
}

static void
events_check(struct bus_client *client)
{
	size_t i;

	if (client->state != BUS_CONNECTION_UP)
		return;
	for (i = 0; i < client->subscription_count; i++)
		if (!client->subscriptions[i].is_live)
			return;
	schedule_gap(client);
}

static struct bus_subscription *
find_subscription(struct bus_client *client, uint16_t op)
{
	size_t i;

	for (i = 0; i < client->subscription_count; i++)
		if (client->subscriptions[i].subscriber->event->number == op)
			return &client->subscriptions[i];
	return NULL;
}

/* The publisher says how far it has counted. */
static void
take_count(struct bus_client *client, struct bus_subscription *subscription,
    const struct bus_header *header)
{
	bool is_new = !subscription->is_live;
	bool is_gap = subscription->epoch != header->budget_ms ||
		      subscription->last != header->id;

	subscription->is_live = true;
	subscription->epoch = header->budget_ms;
	subscription->last = header->id;
	if (is_new) {
		events_check(client);
	} else if (is_gap) {
		counter_add(&bus_gaps, 1);
		schedule_gap(client);
	}
}

static void
take_event(struct bus_client *client, struct bus_subscription *subscription,
    const struct bus_header *header, struct bytes body)
{
	const struct bus_subscriber *subscriber = subscription->subscriber;
	const struct message *message = subscriber->event->request;
	CLEANUP_FREE void *decoded = xzalloc(message->size);

	if (subscription->epoch != header->budget_ms ||
	    subscription->last + 1 != header->id) {
		counter_add(&bus_gaps, 1);
		schedule_gap(client);
	}
	subscription->epoch = header->budget_ms;
	subscription->last = header->id;
	if (message_decode_msgpack(message, body, decoded, NULL) < 0) {
		counter_add(&bus_events_dropped, 1);
		return;
	}
	subscriber->invoke(subscriber->on_event, decoded, client->arg);
	message_fini(message, decoded);
}

static void
on_event_message(const struct bus_parts *parts, void *arg)
{
	struct bus_client *client = arg;
	struct bus_subscription *subscription = NULL;
	struct bus_header header;
	struct bytes body;

	if (parts->count == 2 &&
	    bus_header_decode(bus_part(parts, 0), &header) == 0 &&
	    header.kind == BUS_EVENT)
		subscription = find_subscription(client, header.op);
	if (subscription == NULL) {
		counter_add(&bus_events_dropped, 1);
		return;
	}
	body = bus_part(parts, 1);
	if (body.len == 0)
		take_count(client, subscription, &header);
	else if (subscription->is_live) /* else the snapshot will have it */
		take_event(client, subscription, &header, body);
}

static int
subscribe(struct bus_client *client, const struct op *event)
{
	struct buffer prefix;
	int rc;

	buffer_init(&prefix, BUS_HEADER_MAX);
	bus_event_prefix_encode(event->number, &prefix);
	rc = zmq_setsockopt(client->events.zmq, ZMQ_SUBSCRIBE,
	    buffer_bytes(&prefix).data, buffer_bytes(&prefix).len);
	buffer_fini(&prefix);
	return rc == -1 ? -errno : 0;
}

static void
events_init(struct bus_client *client)
{
	const struct bus_subscriber *events =
	    client->watcher != NULL ? client->watcher->events : NULL;
	size_t count = 0, i;

	while (events != NULL && events[count].event != NULL)
		count++;
	client->gap =
	    xcheck(evtimer_new(client->bus->base, on_gap_due, client));
	if (count == 0)
		return;
	client->subscription_count = count;
	client->subscriptions =
	    xreallocarray(NULL, count, sizeof(*client->subscriptions));
	for (i = 0; i < count; i++)
		client->subscriptions[i] =
		    (struct bus_subscription){ .subscriber = &events[i] };
}

static void
events_fini(struct bus_client *client)
{
	event_free(client->gap);
	free(client->subscriptions);
}

static int
events_open(struct bus_client *client)
{
	struct bus *bus = client->bus;
	CLEANUP_FREE char *endpoint = bus_address(bus, client->name, "events");
	size_t i;
	int rc;

	if (client->subscription_count == 0)
		return 0;
	rc = bus_socket_open(&client->events, bus->base, bus->zmq, ZMQ_SUB,
	    on_event_message, client);
	for (i = 0; rc == 0 && i < client->subscription_count; i++)
		rc = subscribe(
		    client, client->subscriptions[i].subscriber->event);
	if (rc == 0)
		rc = bus_socket_connect(&client->events, endpoint);
	return rc;
}

static void
events_renew(struct bus_client *client)
{
	size_t i;

	for (i = 0; i < client->subscription_count; i++)
		client->subscriptions[i].is_live = false;
	bus_socket_close(&client->events);
	if (events_open(client) < 0)
		die("bus: cannot make a socket for events of %s", client->name);
}

COUNTER(bus_answers_dropped, "bus answers that came too late or made no "
			     "sense");

/* A request under way. Its timer fires when the budget is over, or at once
 * when it has failed: done() never comes from inside ask_X(). */
struct bus_pending {
	UT_hash_handle hh;
	int64_t id;
	struct bus_client *client;
	const struct op *op;
	bus_finish_fn *finish;
	bus_any_fn *done;
	void *arg;
	struct event timer;
	struct monotime deadline;
	struct buffer held;       /* the body, until there is a connection */
	struct bus_error failure; /* what the timer reports */
};

static void
pending_free(struct bus_pending *pending)
{
	struct bus_client *client = pending->client;

	HASH_DEL(client->pending, pending);
	evtimer_del(&pending->timer);
	buffer_fini(&pending->held);
	free(pending);
}

/* The last act on a request, and maybe on the client. */
static void
pending_finish(struct bus_pending *pending, const struct bus_error *error,
    const void *reply)
{
	bus_finish_fn *finish = pending->finish;
	bus_any_fn *done = pending->done;
	void *arg = pending->arg;

	pending_free(pending);
	finish(done, error, reply, arg);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct bus_pending *pending = arg;
	struct bus_error failure = pending->failure;

	(void)fd;
	(void)what;
	pending_finish(pending, &failure, NULL);
}

static void
pending_fail(
    struct bus_pending *pending, enum bus_code code, const char *message)
{
	static const struct timeval now = { 0, 0 };

	pending->failure.code = code;
	snprintf(pending->failure.message, sizeof(pending->failure.message),
	    "%s", message);
	buffer_fini(&pending->held);
	evtimer_add(&pending->timer, &now);
}

static void
pending_fail_unreachable(struct bus_pending *pending)
{
	char message[128];

	snprintf(message, sizeof(message), "%s is not running",
	    pending->client->name);
	pending_fail(pending, BUS_UNREACHABLE, message);
}

static void
pending_send(struct bus_pending *pending)
{
	int64_t left = monotime_since_ms(pending->deadline, monotime_now());
	struct bus_header header = { BUS_REQUEST, pending->op->number,
		pending->id, left > 0 ? left : 0 };
	struct bytes frames[2] = { { NULL, 0 }, buffer_bytes(&pending->held) };
	struct buffer head;

	buffer_init(&head, BUS_HEADER_MAX);
	bus_header_encode(&header, &head);
	frames[0] = buffer_bytes(&head);
	if (bus_socket_send(&pending->client->rpc, frames, 2) < 0)
		pending_fail_unreachable(pending);
	buffer_fini(&head);
	buffer_fini(&pending->held);
}

static void
send_held(struct bus_client *client)
{
	struct bus_pending *pending, *next;

	HASH_ITER (hh, client->pending, pending, next)
		if (pending->held.len > 0)
			pending_send(pending);
}

static void
fail_sent(struct bus_client *client)
{
	struct bus_pending *pending, *next;

	HASH_ITER (hh, client->pending, pending, next)
		if (pending->failure.code == BUS_TIMEOUT)
			pending_fail_unreachable(pending);
}

static struct bus_pending *
pending_new(struct bus_client *client, const struct op *op, int64_t budget_ms)
{
	struct bus_pending *pending = xzalloc(sizeof(*pending));
	struct timeval budget = timeval_of_ms(budget_ms);

	pending->id = ++client->last_id;
	pending->client = client;
	pending->op = op;
	pending->deadline = monotime_add_ms(monotime_now(), budget_ms);
	pending->failure.code = BUS_TIMEOUT;
	snprintf(pending->failure.message, sizeof(pending->failure.message),
	    "%s did not answer in time", client->name);
	buffer_init(&pending->held, BUS_MESSAGE_MAX);
	evtimer_assign(&pending->timer, client->bus->base, on_timer, pending);
	HASH_ADD(hh, client->pending, id, sizeof(pending->id), pending);
	evtimer_add(&pending->timer, &budget);
	return pending;
}

uint64_t
bus_ask_untyped(struct bus_client *client, const struct op *op,
    const void *request, int64_t budget_ms, bus_finish_fn *finish,
    bus_any_fn *done, void *arg)
{
	struct bus_pending *pending =
	    pending_new(client, op, budget_ms > 0 ? budget_ms : 0);
	int rc = message_encode_msgpack(op->request, request, &pending->held);

	pending->finish = finish;
	pending->done = done;
	pending->arg = arg;
	if (rc == -ENOBUFS)
		pending_fail(
		    pending, BUS_TOO_LARGE, "the request is too large");
	else if (rc < 0)
		pending_fail(pending, BUS_BAD_REQUEST,
		    "a value of the request is missing or over its limit");
	else if (HASH_COUNT(client->pending) > BUS_PENDING_MAX)
		pending_fail(pending, BUS_BUSY, "too many requests under way");
	else if (client->state == BUS_CONNECTION_DOWN)
		pending_fail_unreachable(pending);
	else if (client->state == BUS_CONNECTION_UP)
		pending_send(pending);
	return (uint64_t)pending->id;
}

static struct bus_pending *
find_pending(struct bus_client *client, int64_t id)
{
	struct bus_pending *pending;

	HASH_FIND(hh, client->pending, &id, sizeof(id), pending);
	return pending;
}

void
bus_cancel(struct bus_client *client, uint64_t request)
{
	struct bus_pending *pending = find_pending(client, (int64_t)request);

	if (pending != NULL)
		pending_free(pending);
}

static void
take_reply(struct bus_pending *pending, struct bytes body)
{
	static const struct bus_error odd = { BUS_INTERNAL,
		"the answer was not understood" };
	const struct message *message = pending->op->reply;
	CLEANUP_FREE void *reply = xzalloc(message->size);

	if (message_decode_msgpack(message, body, reply, NULL) < 0) {
		counter_add(&bus_answers_dropped, 1);
		pending_finish(pending, &odd, NULL);
		return;
	}
	pending_finish(pending, NULL, reply);
	message_fini(message, reply);
}

static void
on_answer(const struct bus_parts *parts, void *arg)
{
	struct bus_client *client = arg;
	struct bus_pending *pending = NULL;
	struct bus_header header;
	struct bus_error error;

	if (parts->count == 2 &&
	    bus_header_decode(bus_part(parts, 0), &header) == 0)
		pending = find_pending(client, header.id);
	if (pending == NULL) { /* late, or not for us */
		counter_add(&bus_answers_dropped, 1);
	} else if (header.kind == BUS_REPLY &&
		   header.op == pending->op->number) {
		take_reply(pending, bus_part(parts, 1));
	} else if (header.kind == BUS_ERROR) {
		bus_error_decode(bus_part(parts, 1), &error);
		pending_finish(pending, &error, NULL);
	} else {
		counter_add(&bus_answers_dropped, 1);
	}
}

/*
 * --- the connection. ZeroMQ reconnects by itself; its monitor says when, so
 * that requests to a daemon that died fail at once.
 */
enum {
	MONITORED = ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
		    ZMQ_EVENT_DISCONNECTED,
};

static void
went_up(struct bus_client *client)
{
	if (client->state == BUS_CONNECTION_UP)
		return;
	client->state = BUS_CONNECTION_UP;
	log_debug("bus connected to=%s", client->name);
	send_held(client);
	events_check(client);
}

static void
went_down(struct bus_client *client)
{
	enum bus_connection before = client->state;

	client->state = BUS_CONNECTION_DOWN;
	if (before != BUS_CONNECTION_DOWN)
		fail_sent(client);
	if (before != BUS_CONNECTION_UP)
		return;
	log_debug("bus lost to=%s", client->name);
	events_renew(client);
	if (client->watcher != NULL && client->watcher->on_lost != NULL)
		client->watcher->on_lost(client->arg);
}

/* zmq_socket_monitor(3): 16 bits of event, 32 bits of value, host order */
static void
on_monitor(const struct bus_parts *parts, void *arg)
{
	struct bus_client *client = arg;
	struct bytes frame = bus_part(parts, 0);
	uint16_t event;

	if (frame.len < sizeof(event))
		return;
	memcpy(&event, frame.data, sizeof(event));
	if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
		went_up(client);
	else
		went_down(client);
}

static int
open_monitor(struct bus_client *client)
{
	struct bus *bus = client->bus;
	CLEANUP_FREE char *endpoint =
	    xasprintf("inproc://monitor-%u", bus->monitors++);
	int rc;

	if (zmq_socket_monitor(client->rpc.zmq, endpoint, MONITORED) == -1)
		return -errno;
	rc = bus_socket_open(&client->monitor, bus->base, bus->zmq, ZMQ_PAIR,
	    on_monitor, client);
	if (rc == 0)
		rc = bus_socket_connect(&client->monitor, endpoint);
	return rc;
}

static int
connection_open(struct bus_client *client)
{
	struct bus *bus = client->bus;
	CLEANUP_FREE char *endpoint =
	    bus_address(bus, client->name, bus_caller(bus->self)->suffix);
	int rc;

	rc = bus_socket_open(
	    &client->rpc, bus->base, bus->zmq, ZMQ_DEALER, on_answer, client);
	if (rc == 0)
		rc = open_monitor(client);
	if (rc == 0)
		rc = events_open(client);
	if (rc == 0)
		rc = bus_socket_connect(&client->rpc, endpoint);
	return rc;
}

static void
connection_close(struct bus_client *client)
{
	if (client->rpc.zmq != NULL)
		zmq_socket_monitor(client->rpc.zmq, NULL, 0);
	bus_socket_close(&client->monitor);
	bus_socket_close(&client->rpc);
	bus_socket_close(&client->events);
}

/* --- life, and asking without callbacks */

bool
bus_is_up(const struct bus_client *client)
{
	return client->state == BUS_CONNECTION_UP;
}

struct bus_client *
bus_connect(struct bus *bus, const char *name,
    const struct bus_watcher *watcher, void *arg)
{
	struct bus_client *client = xzalloc(sizeof(*client));

	client->bus = bus;
	client->name = xstrdup(name);
	client->watcher = watcher;
	client->arg = arg;
	LIST_INSERT_HEAD(&bus->clients, client, next);
	events_init(client);
	if (!bus->is_held && connection_open(client) < 0)
		die("bus: cannot make sockets for %s", name);
	return client;
}

void
bus_client_free(struct bus_client *client)
{
	struct bus_pending *pending, *next;

	if (client == NULL)
		return;
	HASH_ITER (hh, client->pending, pending, next)
		pending_free(pending);
	connection_close(client);
	events_fini(client);
	LIST_REMOVE(client, next);
	free(client->name);
	free(client);
}

/* ask_X_now() waits for one of these. */
struct waiting {
	const struct op *op;
	void *reply;
	struct bus_error *error;
	bool is_over;
};

static void
on_asked(bus_any_fn *done, const struct bus_error *error, const void *reply,
    void *arg)
{
	struct waiting *waiting = arg;

	(void)done;
	waiting->is_over = true;
	if (error != NULL)
		*waiting->error = *error;
	else
		message_copy(waiting->op->reply, reply, waiting->reply);
}

enum bus_code
bus_ask_now_untyped(struct bus_client *client, const struct op *op,
    const void *request, int64_t budget_ms, void *ret_reply,
    struct bus_error *error)
{
	struct bus_error unused;
	struct waiting waiting = { op, ret_reply,
		error != NULL ? error : &unused, false };

	*waiting.error = (struct bus_error){ BUS_OK, "" };
	bus_ask_untyped(
	    client, op, request, budget_ms, on_asked, NULL, &waiting);
	while (!waiting.is_over)
		if (event_base_loop(client->bus->base, EVLOOP_ONCE) != 0)
			bug("bus: the loop ended with a request under way");
	return waiting.error->code;
}

int
bus_clients_open(struct bus *bus)
{
	struct bus_client *client;
	int rc = 0;

	LIST_FOREACH (client, &bus->clients, next)
		if (rc == 0)
			rc = connection_open(client);
	return rc;
}

void
bus_clients_free(struct bus *bus)
{
	while (!LIST_EMPTY(&bus->clients))
		bus_client_free(LIST_FIRST(&bus->clients));
}
