#include "goop-rendezvousd/hub/hub.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/http/server/http_takeover.h"
#include "common/http/stream/websocket_handshake.h"
#include "goop-rendezvousd/hub/hub_state.h"

enum {
	CLOCK_EVERY = 32,
	CHANGES_KEPT = 1024,
	CACHE_LINE = 64,
	HEAD_MAX = 16 * 1024,
	EARLY_MAX = 128 * 1024
};

COUNTER(hub_flushes_forced, "changes formatted early because they were many");
COUNTER(subscribers_refused_handshake,
    "WebSockets refused for their handshake, or a foreign page's");

static struct hub *
hub_of(const struct subscriber *subscriber)
{
	return (struct hub *)subscriber->owner;
}

static struct hub_snapshot *
hub_snapshot_for(struct hub *hub, const struct subscriber *subscriber)
{
	return &hub->news[subscriber_is_websocket(subscriber)];
}

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

static void
count_classic(struct hub *hub)
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
		count_classic(hub);
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

static void
watch(struct hub *hub, struct subscriber *subscriber,
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

/* --- gathering */

static void
add_timer(struct event *event, int64_t ms)
{
	struct timeval delay = timeval_of_ms(ms);

	evtimer_add(event, &delay);
}

static void
kick(struct hub *hub)
{
	int64_t rest = monotime_since_ms(hub->rest_until, monotime_now());

	if (!hub->is_flushing && !evtimer_pending(hub->gather, NULL))
		add_timer(
		    hub->gather, rest > HUB_GATHER_MS ? rest : HUB_GATHER_MS);
}

static void
forget_changes(struct hub *hub)
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

static void
format_for(struct hub *hub, enum subscriber_format format)
{
	bool is_delta = format % 2 == 1;
	struct roster_cursor cursor = roster_now(hub->roster);
	struct hub_text text;
	size_t i;

	hub_text_init(&text, format >= SUBSCRIBER_WEBSOCKET_CLASSIC);
	for (i = 0; i < hub->change_count; i++) {
		if (!is_delta || !hub->changes[i].is_refresh)
			hub_text_add(
			    &text, shared_text_bytes(hub->changes[i].text));
	}
	if (text.messages == 0)
		return;
	if (is_delta)
		hub_text_add_synced(&text, &cursor);
	broadcast_log_append(&hub->channels[format].feed, hub_text_take(&text));
}

/* Format the gathered changes into the feeds; nothing is sent yet. */
static void
format_changes(struct hub *hub)
{
	unsigned int format;

	for (format = 0; format < SUBSCRIBER_FORMATS; format++) {
		if (!LIST_EMPTY(&hub->channels[format].subscribers))
			format_for(hub, format);
	}
	forget_changes(hub);
}

static void
add_change(struct hub *hub, bool is_refresh, struct shared_text *text)
{
	if (hub->change_count == hub->change_room) {
		hub->change_room = hub->change_room * 2 + 64;
		hub->changes = xreallocarray(
		    hub->changes, hub->change_room, sizeof(*hub->changes));
	}
	hub->changes[hub->change_count++] =
	    (struct hub_change){ is_refresh, shared_text_ref(text) };
	hub->change_bytes += text->len;
	if (hub->change_bytes > HUB_GATHER_MAX) {
		counter_add(&hub_flushes_forced, 1);
		format_changes(hub);
	}
	kick(hub);
}

/* --- newcomers */

/* All changes so far are in the feed: a newcomer gets the present roster, and
 * the feed from here on. */
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

/* False if the slice is over before all are seated. */
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

/* Fetch it into the cache while the kernel sends to the one before it. */
static void
prepare(const struct subscriber *subscriber)
{
	const char *at = (const char *)subscriber;
	size_t i;

	for (i = 0; i <= offsetof(struct subscriber, wheel); i += CACHE_LINE)
		__builtin_prefetch(at + i);
}

/* The next subscriber, format by format; NULL after the last. */
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

/* The processor time of the flush, not its duration: on a busy machine the
 * pause would grow with every wait for the processor. */
static int64_t
busy_us(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return used.tv_sec * (int64_t)1000000 + used.tv_nsec / 1000;
}

/* False if the slice is over before all had their turn. */
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
		kick(hub);
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

static void
on_slice(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush_slice(arg);
}

static void
on_gather(evutil_socket_t fd, short what, void *arg)
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

/* --- joining: heads, handshakes, sockets */

/* The delay to reconnect, random for each subscriber. */
static unsigned int
retry_ms(const struct hub *hub)
{
	unsigned int count =
	    hub->count < HUB_RETRY_MANY ? hub->count : HUB_RETRY_MANY;
	unsigned int spread =
	    (unsigned int)((uint64_t)count *
			   (HUB_RETRY_MAX_MS - HUB_RETRY_MIN_MS) /
			   HUB_RETRY_MANY);

	return HUB_RETRY_MIN_MS + random_below(spread + 1);
}

static int
refuse(struct http_request *request, int status, const char *text)
{
	http_reply_static(
	    request, status, "text/plain; charset=utf-8", bytes_of(text));
	return status;
}

/* --- the head of the answer: 0, a status with which it was refused, or
 * -errno */

static int
head_events(struct http_request *request, struct buffer *head)
{
	int rc = http_head_print(request, 200, head);

	/* These keep proxies from holding events back (measured for nginx and
	 * caddy). The stream has no framing: it ends with the connection. */
	if (rc == 0)
		rc = buffer_append(
		    head, bytes_of("Content-Type: text/event-stream\r\n"
				   "Cache-Control: no-store\r\n"
				   "X-Accel-Buffering: no\r\n"
				   "Connection: close\r\n"));
	if (rc == 0 &&
	    (http_request_header(request, "Via") != NULL ||
		http_request_header(request, "X-Forwarded-For") != NULL))
		rc = buffer_append(
		    head, bytes_of("Content-Encoding: identity\r\n"));
	return rc;
}

static int
refuse_handshake(struct http_request *request, int refusal)
{
	int status = websocket_refusal_status(refusal);

	counter_add(&subscribers_refused_handshake, 1);
	log_stranger("websocket refused status=%d", status);
	if (refusal == WEBSOCKET_FOREIGN)
		return refuse(request, status, "a page of another site\n");
	(void)http_header(request, "Sec-WebSocket-Version", "13");
	if (refusal == WEBSOCKET_VERSION)
		(void)http_header(request, "Upgrade", "websocket");
	return refuse(request, status, "Bad Request\n");
}

static int
head_websocket(struct http_request *request, struct buffer *head)
{
	struct websocket_request asked = {
		.is_get = http_request_method(request) == HTTP_METHOD_GET,
		.host = http_request_header(request, "Host"),
		.origin = http_request_header(request, "Origin"),
		.connection = http_request_header(request, "Connection"),
		.upgrade = http_request_header(request, "Upgrade"),
		.version =
		    http_request_header(request, "Sec-WebSocket-Version"),
		.key = http_request_header(request, "Sec-WebSocket-Key"),
	};
	char accept[WEBSOCKET_ACCEPT_SIZE];
	int rc = websocket_handshake_answer(&asked, accept);

	if (rc != 0)
		return refuse_handshake(request, rc);
	rc = http_head_print(request, 101, head);
	if (rc == 0)
		rc = buffer_printf(head,
		    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		    "Sec-WebSocket-Accept: %s\r\n",
		    accept);
	return rc;
}

static int
print_head(struct hub *hub, struct http_request *request,
    enum subscriber_format format, struct buffer *head)
{
	bool is_websocket = format >= SUBSCRIBER_WEBSOCKET_CLASSIC;
	int rc = is_websocket ? head_websocket(request, head)
			      : head_events(request, head);

	if (rc == 0 && format % 2 == 1)
		rc = buffer_append(
		    head, bytes_of("Goop-Rendezvous-Mode: delta\r\n"));
	if (rc == 0)
		rc = buffer_append(head, bytes_of("\r\n"));
	if (rc == 0 && !is_websocket)
		rc =
		    buffer_printf(head, ": ok\n\nretry: %u\n\n", retry_ms(hub));
	return rc;
}

/* --- the socket */

/* A client that vanished is noticed by bytes that it does not acknowledge. */
static void
set_timeout(int fd)
{
	unsigned int ms = HUB_TIMEOUT_MS;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

/* 0, or the status with which the request was refused. */
static int
take(struct hub *hub, struct http_request *request,
    enum subscriber_format format, struct buffer *early,
    struct subscriber **ret)
{
	struct http_wire wire;
	struct buffer head;
	int rc;

	buffer_init(&head, HEAD_MAX);
	rc = print_head(hub, request, format, &head);
	if (rc == 0)
		rc = http_takeover(request, &wire, early);
	if (rc == 0) {
		set_timeout(wire.fd);
		*ret = xzalloc(sizeof(**ret));
		subscriber_init(
		    *ret, &hub->owner, format, &wire, monotime_now());
		subscriber_put(*ret, chunk_new(buffer_bytes(&head), 0));
	}
	buffer_fini(&head);
	return rc < 0 ? refuse(request, 503, "try again\n") : rc;
}

/* --- joining */

static void
welcome(struct hub *hub, struct subscriber *subscriber,
    struct hub_newcomer *newcomer)
{
	subscriber->newcomer = newcomer;
	watch(hub, subscriber, &hub->newcomers);
	hub->channels[subscriber->format].count++;
	hub->stats.joined++;
	count_classic(hub);
	/* The head at once: it tells the client that joining worked. */
	subscriber_flush(subscriber, monotime_now());
	kick(hub);
}

int
hub_join(struct hub *hub, struct http_request *request,
    const struct hub_guest *guest, struct subscriber **ret)
{
	unsigned int format =
	    (guest->is_websocket ? 2U : 0) + (guest->is_delta ? 1U : 0);
	struct hub_newcomer *newcomer;
	int status;

	if (hub->is_draining)
		return refuse(request, 503, "stopping\n");
	newcomer = xzalloc(sizeof(*newcomer));
	buffer_init(&newcomer->early, EARLY_MAX);
	newcomer->has_since =
	    guest->is_delta && guest->since != NULL &&
	    roster_cursor_parse(guest->since, &newcomer->since) == 0;
	status = take(hub, request, format, &newcomer->early, ret);
	if (status != 0) {
		buffer_fini(&newcomer->early);
		free(newcomer);
		return status;
	}
	(*ret)->session = guest->session;
	welcome(hub, *ret, newcomer);
	return 0;
}

/* Probes count for no limit of an address; the oldest has got its answer. */
static void
make_room_for_probe(struct hub *hub)
{
	struct subscriber *probe, *oldest = NULL;
	unsigned int count = 0;

	LIST_FOREACH (probe, &hub->probes, next) {
		count++;
		oldest = probe;
	}
	if (count >= HUB_PROBES_MAX)
		subscriber_end(oldest, SUBSCRIBER_CLOSED);
}

int
hub_join_probe(struct hub *hub, struct http_request *request)
{
	struct subscriber *subscriber;
	struct buffer early;
	struct monotime now = monotime_now();
	int status;

	if (hub->is_draining)
		return refuse(request, 503, "stopping\n");
	make_room_for_probe(hub);
	buffer_init(&early, EARLY_MAX);
	status = take(
	    hub, request, SUBSCRIBER_WEBSOCKET_CLASSIC, &early, &subscriber);
	buffer_fini(&early);
	if (status != 0)
		return status;
	subscriber->is_probe = true;
	watch(hub, subscriber, &hub->probes);
	subscriber_start(subscriber, (struct bytes){ NULL, 0 }, now);
	subscriber_close(subscriber, WEBSOCKET_CLOSE_NORMAL, "probe-ok", now);
	return 0;
}

/* --- telling */

void
hub_hear(struct hub *hub, enum roster_event event, struct shared_text *text)
{
	unsigned int format;

	for (format = 0; format < SUBSCRIBER_FORMATS; format++) {
		if (!LIST_EMPTY(&hub->channels[format].subscribers)) {
			add_change(hub, event == ROSTER_REFRESHED, text);
			return;
		}
	}
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

/* --- the end */

static void
send_away(struct hub *hub, struct subscriber *subscriber, struct monotime now)
{
	unsigned int retry = retry_ms(hub);
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
		/* A newcomer has not been started; now it is, to be closed. */
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

/* --- life */

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
	hub->gather = xcheck(evtimer_new(base, on_gather, hub));
	hub->slice = xcheck(evtimer_new(base, on_slice, hub));
	hub->tick = xcheck(evtimer_new(base, on_tick, hub));
	hub->reap = xcheck(event_new(base, -1, 0, on_reap, hub));
	count_classic(hub);
	return hub;
}

/* Ending one subscriber removes no other from the list. */
static void
end_all(struct subscriber_list *list)
{
	struct subscriber *subscriber;

	while ((subscriber = LIST_FIRST(list)) != NULL)
		subscriber_end(subscriber, SUBSCRIBER_CLOSED);
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
	forget_changes(hub);
	free(hub->changes);
	for (format = 0; format < SUBSCRIBER_FORMATS; format++)
		broadcast_log_fini(&hub->channels[format].feed);
	hub_snapshot_fini(&hub->news[0]);
	hub_snapshot_fini(&hub->news[1]);
	event_free(hub->gather);
	event_free(hub->slice);
	event_free(hub->tick);
	event_free(hub->reap);
	free(hub);
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
