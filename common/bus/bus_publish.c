#include <errno.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/bus/bus_internal.h"

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
void
bus_server_on_subscribe(const struct bus_parts *parts, void *arg)
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
