#include "goop-rendezvousd/hub/hub.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/hub/hub_internal.h"

/* --- what subscribers tell their owner */

static void
on_message(struct subscriber *subscriber, struct bytes message)
{
	struct hub *hub = hub_of(subscriber);

	if (!subscriber->is_probe)
		hub->user->on_message(
		    subscriber, subscriber->session, message, hub->arg);
}

static void
on_hurry(struct subscriber *subscriber, struct monotime by)
{
	subscriber_wheel_put(&hub_of(subscriber)->wheel, subscriber, by);
}

static void
free_newcomer(struct subscriber *subscriber)
{
	struct hub_newcomer *newcomer = subscriber->newcomer;

	if (newcomer != NULL)
		buffer_fini(&newcomer->early);
	free(newcomer);
	subscriber->newcomer = NULL;
}

void
hub_count_classic(struct hub *hub)
{
	struct hub_channel *channels = hub->channels;

	roster_tell_refreshes(
	    hub->roster, channels[SUBSCRIBER_EVENTS_CLASSIC].count > 0 ||
			     channels[SUBSCRIBER_WEBSOCKET_CLASSIC].count > 0);
}

static void
on_end(struct subscriber *subscriber)
{
	struct hub *hub = hub_of(subscriber);

	if (hub->turn_next == subscriber)
		hub->turn_next = LIST_NEXT(subscriber, next);
	LIST_REMOVE(subscriber, next);
	LIST_INSERT_HEAD(&hub->ended, subscriber, next);
	subscriber_wheel_remove(subscriber);
	hub->count--;
	if (!subscriber->is_probe) {
		hub->channels[subscriber->format].count--;
		hub->stats.ended[subscriber->end]++;
		hub_count_classic(hub);
	}
	event_active(hub->reap, EV_TIMEOUT, 0);
}

static void
reap(struct hub *hub)
{
	struct subscriber *subscriber;

	while ((subscriber = LIST_FIRST(&hub->ended)) != NULL) {
		LIST_REMOVE(subscriber, next);
		if (!subscriber->is_probe)
			hub->user->on_gone(subscriber, subscriber->session,
			    subscriber->end, hub->arg);
		free_newcomer(subscriber);
		subscriber_fini(subscriber);
		free(subscriber);
	}
}

static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct hub *hub = arg;
	void (*on_drained)(void *);

	(void)fd;
	(void)what;
	reap(hub);
	if (hub->count > 0)
		return;
	on_drained = hub->on_drained;
	hub->on_drained = NULL;
	if (on_drained != NULL)
		on_drained(hub->drained_arg);
}

/* --- time */

static void
start_tick(struct hub *hub)
{
	static const struct timeval period = { 0,
		SUBSCRIBER_WHEEL_SLOT_MS * 1000 };

	if (!evtimer_pending(hub->tick, NULL))
		evtimer_add(hub->tick, &period);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct hub *hub = arg;
	struct monotime now = monotime_now(), due;
	struct subscriber *subscriber;

	(void)fd;
	(void)what;
	while ((subscriber = subscriber_wheel_take(&hub->wheel, now)) != NULL) {
		due = subscriber_run(subscriber, now);
		if (!subscriber->is_ended)
			subscriber_wheel_put(&hub->wheel, subscriber, due);
	}
	hub_snapshot_age(&hub->news[0], now);
	hub_snapshot_age(&hub->news[1], now);
	if (hub->count > 0 || hub->news[0].rows != NULL ||
	    hub->news[1].rows != NULL)
		start_tick(hub);
}

void
hub_watch(struct hub *hub, struct subscriber *subscriber,
    struct subscriber_list *list)
{
	struct monotime now = monotime_now();

	if (hub->count++ == 0)
		subscriber_wheel_init(&hub->wheel, now);
	start_tick(hub);
	LIST_INSERT_HEAD(list, subscriber, next);
	subscriber_wheel_put(
	    &hub->wheel, subscriber, monotime_add_ms(now, SUBSCRIBER_PING_MS));
}

/* --- life */

static bool
make_events(struct hub *hub, struct event_base *base)
{
	hub->gather = evtimer_new(base, hub_on_gather, hub);
	hub->slice = evtimer_new(base, hub_on_slice, hub);
	hub->tick = evtimer_new(base, on_tick, hub);
	hub->reap = event_new(base, -1, 0, on_reap, hub);
	return hub->gather != NULL && hub->slice != NULL && hub->tick != NULL &&
	       hub->reap != NULL;
}

struct hub *
hub_new(struct event_base *base, struct roster *roster,
    const struct hub_user *user, void *arg)
{
	struct hub *hub = xzalloc(sizeof(*hub));
	unsigned int format;

	hub->owner = (struct subscriber_owner){ .base = base,
		.on_message = on_message,
		.on_hurry = on_hurry,
		.on_end = on_end };
	hub->roster = roster;
	hub->user = user;
	hub->arg = arg;
	for (format = 0; format < SUBSCRIBER_FORMATS; format++)
		broadcast_log_init(&hub->channels[format].feed);
	hub_snapshot_init(&hub->news[0], false);
	hub_snapshot_init(&hub->news[1], true);
	if (!make_events(hub, base)) {
		hub_free(hub);
		return NULL;
	}
	hub_count_classic(hub);
	return hub;
}

/* Each list for its own: whoever is in it may end meanwhile, alone. */
static void
end_all(struct subscriber_list *list)
{
	struct subscriber *subscriber;

	while ((subscriber = LIST_FIRST(list)) != NULL)
		subscriber_end(subscriber, SUBSCRIBER_CLOSED);
}

static void
free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

void
hub_free(struct hub *hub)
{
	unsigned int format;

	if (hub == NULL)
		return;
	end_all(&hub->newcomers);
	end_all(&hub->seating);
	end_all(&hub->probes);
	for (format = 0; format < SUBSCRIBER_FORMATS; format++)
		end_all(&hub->channels[format].subscribers);
	reap(hub);
	hub_forget_changes(hub);
	free(hub->changes);
	for (format = 0; format < SUBSCRIBER_FORMATS; format++)
		broadcast_log_fini(&hub->channels[format].feed);
	hub_snapshot_fini(&hub->news[0]);
	hub_snapshot_fini(&hub->news[1]);
	free_event(hub->gather);
	free_event(hub->slice);
	free_event(hub->tick);
	free_event(hub->reap);
	free(hub);
}

/* --- telling */

void
hub_hear(struct hub *hub, enum roster_event event, struct shared_text *text)
{
	unsigned int format;

	for (format = 0; format < SUBSCRIBER_FORMATS; format++) {
		if (!LIST_EMPTY(&hub->channels[format].subscribers)) {
			hub_add_change(hub,
			    event == ROSTER_REFRESHED ? HUB_CLASSIC : HUB_ALL,
			    text);
			return;
		}
	}
}

void
hub_tell_events(struct hub *hub, struct shared_text *text)
{
	hub_add_change(hub, HUB_EVENTS, text);
}

bool
hub_tell(struct subscriber *subscriber, const struct shared_text *message)
{
	struct hub_text text;

	hub_text_init(&text, subscriber_is_websocket(subscriber));
	hub_text_add(&text, shared_text_bytes(message));
	if (!subscriber_put_bounded(subscriber, hub_text_take(&text)))
		return false;
	if (!subscriber->is_writing)
		subscriber_flush(subscriber, monotime_now());
	return !subscriber->is_ended;
}

void
hub_close(struct subscriber *subscriber, uint16_t code, const char *reason)
{
	subscriber_close(subscriber, code, reason, monotime_now());
}

/* --- the end */

unsigned int
hub_retry_ms(const struct hub *hub)
{
	unsigned int count =
	    hub->count < HUB_RETRY_MANY ? hub->count : HUB_RETRY_MANY;
	unsigned int spread =
	    (unsigned int)((uint64_t)count *
			   (HUB_RETRY_MAX_MS - HUB_RETRY_MIN_MS) /
			   HUB_RETRY_MANY);

	return HUB_RETRY_MIN_MS + random_below(spread + 1);
}

static void
send_away(struct hub *hub, struct subscriber *subscriber, struct monotime now)
{
	unsigned int retry = hub_retry_ms(hub);
	char text[40];

	snprintf(text, sizeof(text), "retry: %u\n\n", retry);
	if (!subscriber_is_websocket(subscriber) && !subscriber->is_ending)
		subscriber_put(subscriber, chunk_new(bytes_of(text), 0));
	snprintf(text, sizeof(text), "retry=%u", retry);
	subscriber_close(subscriber, WEBSOCKET_CLOSE_GOING_AWAY, text, now);
}

static void
send_all_away(
    struct hub *hub, struct subscriber_list *list, struct monotime now)
{
	struct subscriber *subscriber, *next;

	for (subscriber = LIST_FIRST(list); subscriber != NULL;
	     subscriber = next) {
		next = LIST_NEXT(subscriber, next);
		/* A newcomer reads no more, and is told no more. */
		subscriber_start(subscriber, (struct bytes){ NULL, 0 }, now);
		send_away(hub, subscriber, now);
	}
}

void
hub_drain(struct hub *hub, void (*on_drained)(void *arg), void *arg)
{
	struct monotime now = monotime_now();
	unsigned int format;

	hub->is_draining = true;
	hub->on_drained = on_drained;
	hub->drained_arg = arg;
	for (format = 0; format < SUBSCRIBER_FORMATS; format++)
		send_all_away(hub, &hub->channels[format].subscribers, now);
	send_all_away(hub, &hub->newcomers, now);
	send_all_away(hub, &hub->seating, now);
	event_active(hub->reap, EV_TIMEOUT, 0);
}

/* --- numbers */

unsigned int
hub_count(const struct hub *hub)
{
	return hub->count;
}

void
hub_get_stats(const struct hub *hub, struct hub_stats *ret)
{
	unsigned int format;

	*ret = hub->stats;
	for (format = 0; format < SUBSCRIBER_FORMATS; format++)
		ret->subscribers[format] = hub->channels[format].count;
	ret->messages_out = hub->owner.messages_out;
	ret->bytes_out = hub->owner.bytes_out;
	ret->messages_in = hub->owner.messages_in;
}
