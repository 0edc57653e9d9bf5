#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event_struct.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/hash.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/bus/bus_internal.h"

COUNTER(bus_answers_dropped, "bus answers nobody waits for, or that made no "
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
	struct bus_error failure; /* what the timer will tell */
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

void
bus_client_on_up(struct bus_client *client)
{
	struct bus_pending *pending, *next;

	HASH_ITER (hh, client->pending, pending, next)
		if (pending->held.len > 0)
			pending_send(pending);
}

void
bus_client_on_down(struct bus_client *client)
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
	else if (client->state == BUS_LINK_DOWN)
		pending_fail_unreachable(pending);
	else if (client->state == BUS_LINK_UP)
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

void
bus_client_on_answer(const struct bus_parts *parts, void *arg)
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

bool
bus_is_up(const struct bus_client *client)
{
	return client->state == BUS_LINK_UP;
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
	bus_events_init(client);
	if (!bus->is_held && bus_link_open(client) < 0)
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
	bus_link_close(client);
	bus_events_fini(client);
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
