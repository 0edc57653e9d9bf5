/* The subscriber's half: does it have all events? */
#include <errno.h>
#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/bus/bus_internal.h"

COUNTER(bus_events_dropped, "bus events that made no sense, dropped");
COUNTER(bus_gaps, "times that events from a daemon may have been missed");

static void
on_gap_due(evutil_socket_t fd, short what, void *arg)
{
	struct bus_client *client = arg;

	(void)fd;
	(void)what;
	if (client->state == BUS_LINK_UP)
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

void
bus_events_check(struct bus_client *client)
{
	size_t i;

	if (client->state != BUS_LINK_UP)
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
		bus_events_check(client);
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

void
bus_events_on_message(const struct bus_parts *parts, void *arg)
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

void
bus_events_init(struct bus_client *client)
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

void
bus_events_fini(struct bus_client *client)
{
	event_free(client->gap);
	free(client->subscriptions);
}

int
bus_events_open(struct bus_client *client)
{
	struct bus *bus = client->bus;
	CLEANUP_FREE char *endpoint = bus_address(bus, client->name, "events");
	size_t i;
	int rc;

	if (client->subscription_count == 0)
		return 0;
	rc = bus_socket_open(&client->events, bus->base, bus->zmq, ZMQ_SUB,
	    bus_events_on_message, client);
	for (i = 0; rc == 0 && i < client->subscription_count; i++)
		rc = subscribe(
		    client, client->subscriptions[i].subscriber->event);
	if (rc == 0)
		rc = bus_socket_connect(&client->events, endpoint);
	return rc;
}

void
bus_events_renew(struct bus_client *client)
{
	size_t i;

	for (i = 0; i < client->subscription_count; i++)
		client->subscriptions[i].is_live = false;
	bus_socket_close(&client->events);
	if (bus_events_open(client) < 0)
		die("bus: cannot make a socket for events of %s", client->name);
}
