/*
 * The flush: changes are gathered, become one chunk a format, newcomers get
 * their news, and then everybody's socket is written to, in slices so that
 * the loop stays alive.
 */
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/hub/hub_internal.h"

enum { CLOCK_EVERY = 32, CHANGES_KEPT = 1024, CACHE_LINE = 64 };

COUNTER(hub_flushes_forced, "changes formatted early because they were many");

/* --- gathering */

static void
add_timer(struct event *event, int64_t ms)
{
	struct timeval delay = timeval_of_ms(ms);

	evtimer_add(event, &delay);
}

void
hub_kick(struct hub *hub)
{
	int64_t rest = monotime_since_ms(hub->rest_until, monotime_now());

	if (!hub->is_flushing && !evtimer_pending(hub->gather, NULL))
		add_timer(
		    hub->gather, rest > HUB_GATHER_MS ? rest : HUB_GATHER_MS);
}

void
hub_forget_changes(struct hub *hub)
{
	size_t i;

	for (i = 0; i < hub->change_count; i++)
		shared_text_unref(hub->changes[i].text);
	hub->change_count = 0;
	hub->change_bytes = 0;
	if (hub->change_room > CHANGES_KEPT) {
		free(hub->changes);
		hub->changes = NULL;
		hub->change_room = 0;
	}
}

static bool
is_for(const struct hub_change *change, enum subscriber_format format)
{
	switch (change->audience) {
	case HUB_CLASSIC:
		return format == SUBSCRIBER_EVENTS_CLASSIC ||
		       format == SUBSCRIBER_WEBSOCKET_CLASSIC;
	case HUB_EVENTS:
		return format == SUBSCRIBER_EVENTS_CLASSIC ||
		       format == SUBSCRIBER_EVENTS_DELTA;
	default:
		return true;
	}
}

static void
format_for(struct hub *hub, enum subscriber_format format)
{
	bool is_delta = format % 2 == 1;
	struct roster_cursor cursor = roster_now(hub->roster);
	struct hub_text text;
	size_t i;

	hub_text_init(&text, format >= SUBSCRIBER_WEBSOCKET_CLASSIC);
	for (i = 0; i < hub->change_count; i++) {
		if (is_for(&hub->changes[i], format))
			hub_text_add(
			    &text, shared_text_bytes(hub->changes[i].text));
	}
	if (text.messages == 0)
		return;
	if (is_delta)
		hub_text_add_synced(&text, &cursor);
	broadcast_log_append(&hub->channels[format].feed, hub_text_take(&text));
}

/* All gathered changes go into the feeds, none of them to a socket yet. */
static void
format_changes(struct hub *hub)
{
	unsigned int format;

	for (format = 0; format < SUBSCRIBER_FORMATS; format++) {
		if (!LIST_EMPTY(&hub->channels[format].subscribers))
			format_for(hub, format);
	}
	hub_forget_changes(hub);
}

void
hub_add_change(
    struct hub *hub, enum hub_audience audience, struct shared_text *text)
{
	if (hub->change_count == hub->change_room) {
		hub->change_room = hub->change_room * 2 + 64;
		hub->changes = xreallocarray(
		    hub->changes, hub->change_room, sizeof(*hub->changes));
	}
	hub->changes[hub->change_count++] =
	    (struct hub_change){ audience, shared_text_ref(text) };
	hub->change_bytes += text->len;
	if (hub->change_bytes > HUB_GATHER_MAX) {
		counter_add(&hub_flushes_forced, 1);
		format_changes(hub);
	}
	hub_kick(hub);
}

/* --- newcomers */

/* All that happened is in the feed; what is in the roster now is what they
 * are told, and the feed from here on. */
static void
seat(struct hub *hub, struct subscriber *subscriber, struct monotime now)
{
	struct hub_channel *channel = &hub->channels[subscriber->format];
	struct hub_newcomer *newcomer = subscriber->newcomer;

	subscriber->newcomer = NULL;
	LIST_REMOVE(subscriber, next);
	LIST_INSERT_HEAD(&channel->subscribers, subscriber, next);
	if (!subscriber->is_ending)
		hub_snapshot_tell(hub_snapshot_for(hub, subscriber),
		    hub->roster, newcomer->has_since ? &newcomer->since : NULL,
		    subscriber, now);
	subscriber_follow(subscriber, &channel->feed);
	subscriber_start(subscriber, buffer_bytes(&newcomer->early), now);
	buffer_fini(&newcomer->early);
	free(newcomer);
}

/* False: some are left when the slice is over. */
static bool
seat_some(struct hub *hub, struct monotime begun)
{
	struct subscriber *subscriber;
	struct monotime now = begun;

	if (LIST_EMPTY(&hub->seating))
		return true;
	format_changes(hub);
	while ((subscriber = LIST_FIRST(&hub->seating)) != NULL) {
		if (monotime_since_ms(now, begun) >= HUB_SLICE_MS)
			return false;
		seat(hub, subscriber, now);
		now = monotime_now();
	}
	return true;
}

/* --- telling */

static void
begin_turn(struct hub *hub, unsigned int format)
{
	hub->turn = format;
	hub->turn_next = format < SUBSCRIBER_FORMATS
			     ? LIST_FIRST(&hub->channels[format].subscribers)
			     : NULL;
}

/* It comes from memory while the kernel sends to the one before it. */
static void
prepare(const struct subscriber *subscriber)
{
	const char *at = (const char *)subscriber;
	size_t i;

	for (i = 0; i <= offsetof(struct subscriber, wheel); i += CACHE_LINE)
		__builtin_prefetch(at + i);
}

/* The next whose turn it is, by format; NULL: all had it. */
static struct subscriber *
take_turn(struct hub *hub)
{
	struct subscriber *subscriber;

	while (hub->turn_next == NULL && hub->turn < SUBSCRIBER_FORMATS)
		begin_turn(hub, hub->turn + 1);
	subscriber = hub->turn_next;
	if (subscriber != NULL)
		hub->turn_next = LIST_NEXT(subscriber, next);
	if (hub->turn_next != NULL)
		prepare(hub->turn_next);
	return subscriber;
}

/* What the flush takes of the processor, not how long others kept us from it:
 * on a busy machine the rest would grow with every wait. */
static int64_t
busy_us(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return used.tv_sec * (int64_t)1000000 + used.tv_nsec / 1000;
}

/* False: some have not had their turn when the slice is over. */
static bool
tell_some(struct hub *hub, struct monotime begun)
{
	struct monotime now = monotime_now();
	struct subscriber *subscriber;
	unsigned int n = 0;

	if (!hub->is_telling)
		begin_turn(hub, 0);
	hub->is_telling = true;
	while ((subscriber = take_turn(hub)) != NULL) {
		subscriber_tell(
		    subscriber, &hub->channels[subscriber->format].feed, now);
		if (++n % CLOCK_EVERY != 0)
			continue;
		now = monotime_now();
		if (monotime_since_ms(now, begun) >= HUB_SLICE_MS)
			return false;
	}
	return true;
}

static int64_t
rest_ms_after(int64_t busy_us)
{
	int64_t ms = busy_us / 1000;

	if (ms < HUB_REST_MIN_MS)
		return HUB_REST_MIN_MS;
	return ms < HUB_REST_MAX_MS ? ms : HUB_REST_MAX_MS;
}

static void
end_flush(struct hub *hub)
{
	struct hub_stats *stats = &hub->stats;

	hub->is_flushing = false;
	hub->is_telling = false;
	stats->flushes++;
	stats->flush_us = hub->busy_us;
	if (stats->flush_us > stats->flush_us_max)
		stats->flush_us_max = stats->flush_us;
	hub->rest_until =
	    monotime_add_ms(monotime_now(), rest_ms_after(hub->busy_us));
	if (hub->change_count > 0 || !LIST_EMPTY(&hub->newcomers))
		hub_kick(hub);
}

static void
flush_slice(struct hub *hub)
{
	struct monotime begun = monotime_now();
	int64_t busy_before = busy_us();
	bool is_done = seat_some(hub, begun) && tell_some(hub, begun);

	hub->busy_us += busy_us() - busy_before;
	if (is_done)
		end_flush(hub);
	else
		add_timer(hub->slice, 0);
}

void
hub_on_slice(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush_slice(arg);
}

void
hub_on_gather(evutil_socket_t fd, short what, void *arg)
{
	struct hub *hub = arg;
	struct subscriber *subscriber;

	(void)fd;
	(void)what;
	hub->is_flushing = true;
	hub->busy_us = -busy_us();
	format_changes(hub);
	while ((subscriber = LIST_FIRST(&hub->newcomers)) != NULL) {
		LIST_REMOVE(subscriber, next);
		LIST_INSERT_HEAD(&hub->seating, subscriber, next);
	}
	hub->busy_us += busy_us();
	flush_slice(hub);
}
