/* Streams of a rendezvous_server: which is tried when, and what its end means.
 */
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/random.h"
#include "goop-discoveryd/rendezvous/rendezvous_server_private.h"
#include "common/presence/presence.h"

static void
arm(struct event *event, int64_t ms)
{
	struct timeval wait = timeval_of_ms(ms);

	event_add(event, &wait);
}

static int64_t
until(struct monotime moment)
{
	int64_t ms = monotime_since_ms(moment, monotime_now());

	return ms > 0 ? ms : 0;
}

static void
lane_begin(struct wan_lane *lane, const struct server_stream_kind *kind)
{
	struct rendezvous_server *server = lane->server;

	lane->stream = server_stream_new(&server->route, kind, server->peer_id,
	    server->cursor, &rendezvous_server_stream_user, lane);
}

static void
lane_end(struct wan_lane *lane)
{
	server_stream_free(lane->stream);
	lane->stream = NULL;
}

void
rendezvous_server_drop_streams(struct rendezvous_server *server)
{
	event_del(server->retry);
	event_del(server->probe_timer);
	event_del(server->again);
	lane_end(server->main);
	lane_end(server->probe);
	server->next_try = MONOTIME_NEVER;
}

/* --- attempts */

void
rendezvous_server_try(struct rendezvous_server *server)
{
	struct monotime now = monotime_now();

	event_del(server->retry);
	server->next_try = MONOTIME_NEVER;
	server->attempted = now;
	lane_begin(server->main, monotime_reached(now, server->websocket_after)
				     ? &wan_websocket_kind
				     : &wan_events_kind);
}

void
rendezvous_server_try_in(struct rendezvous_server *server, int64_t ms)
{
	server->next_try = monotime_add_ms(monotime_now(), ms);
	arm(server->retry, ms);
}

void
rendezvous_server_probe(struct rendezvous_server *server)
{
	if (server->is_up && server->probe->stream == NULL)
		lane_begin(server->probe, &wan_websocket_kind);
}

/* No WebSocket for a while, each time a longer one. */
static void
refuse_websocket(struct rendezvous_server *server)
{
	server->early = server->deaf = 0;
	server->websocket_after =
	    monotime_add_ms(monotime_now(), server->probe_ms);
	server->probe_ms *= 2;
	if (server->probe_ms > RENDEZVOUS_SERVER_PROBE_MAX_MS)
		server->probe_ms = RENDEZVOUS_SERVER_PROBE_MAX_MS;
}

/* --- while it is open */

static void
stream_on_head(const struct http_response *response, void *arg)
{
	struct wan_lane *lane = arg;

	rendezvous_server_note_head(lane->server, response);
}

static void
note_open(struct rendezvous_server *server, bool is_delta)
{
	server->is_up = true;
	server->is_delta = is_delta;
	server->is_plain = false; /* it may be a newer one by now */
	server->opened = server->since = monotime_now();
	server->told_alive = server->opened;
	server->early = server->redirects = 0;
	server->stream_error[0] = server->publish_error[0] = '\0';
}

static void
stream_on_open(bool is_delta, void *arg)
{
	struct wan_lane *lane = arg;
	struct rendezvous_server *server = lane->server;

	if (lane == server->probe) { /* what was beside it is not needed */
		lane_end(server->main);
		server->probe = server->main;
		server->main = lane;
	}
	note_open(server, is_delta);
	if (server_stream_is_websocket(lane->stream))
		event_del(server->probe_timer);
	else
		arm(server->probe_timer, until(server->websocket_after));
	server->user->on_up(
	    server->is_ours, server->clock_offset_ms, server->arg);
	rendezvous_server_want(server, true);
	if (!server->is_ours)
		arm(server->again, RENDEZVOUS_SERVER_AGAIN_MS);
}

/* Delta mode's own messages; false: it is none of them. Only what has the word
 * in it is looked into: within a text it would have backslashes. */
static bool
take_frame(struct rendezvous_server *server, struct bytes json)
{
	struct presence message;
	bool is_begin, is_synced, is_answer;

	if (memmem(json.data, json.len, "\"begin\"", 7) == NULL &&
	    memmem(json.data, json.len, "\"synced\"", 8) == NULL &&
	    memmem(json.data, json.len, "\"answer\"", 8) == NULL)
		return false;
	if (message_decode_json(
		&presence_published_message, json, &message, NULL) < 0)
		return false;
	is_begin =
	    message.type != NULL && strcmp(message.type, RENDEZVOUS_BEGIN) == 0;
	is_synced = message.type != NULL && message.cursor != NULL &&
		    strcmp(message.type, RENDEZVOUS_SYNCED) == 0 &&
		    strlen(message.cursor) < sizeof(server->cursor);
	is_answer = message.type != NULL && message.content != NULL &&
		    strcmp(message.type, RENDEZVOUS_ANSWER) == 0;
	if (is_begin) {
		server->user->on_begin(message.full, server->arg);
	} else if (is_synced) {
		snprintf(server->cursor, sizeof(server->cursor), "%s",
		    message.cursor);
		server->user->on_synced(server->cursor, server->arg);
	} else if (is_answer) {
		text_clean(&message.content);
		rendezvous_server_note_answer(server, message.content);
	}
	presence_fini(&message);
	return is_begin || is_synced || is_answer;
}

static void
stream_on_message(struct bytes json, void *arg)
{
	struct wan_lane *lane = arg;
	struct rendezvous_server *server = lane->server;

	if (server->is_stopping || json.len == 0)
		return;
	if (server_stream_is_websocket(lane->stream)) { /* it works */
		server->deaf = 0;
		server->probe_ms = RENDEZVOUS_SERVER_PROBE_FIRST_MS;
	}
	if (!server->is_delta || !take_frame(server, json))
		server->user->on_message(json, server->arg);
}

static void
stream_on_alive(void *arg)
{
	struct wan_lane *lane = arg;
	struct rendezvous_server *server = lane->server;
	struct monotime now = monotime_now();

	if (!server->is_delta || server->is_stopping ||
	    monotime_since_ms(now, server->told_alive) < 1000)
		return;
	server->told_alive = now;
	server->user->on_alive(server->arg);
}

static void
stream_on_drained(void *arg)
{
	struct wan_lane *lane = arg;

	rendezvous_server_flush(lane->server);
}

/* --- its end */

/* A WebSocket that does not come to be, though the server can be reached. True:
 * the stream is tried otherwise, and that is all there is to say. */
static bool
try_otherwise(
    struct rendezvous_server *server, const struct server_stream_end *end)
{
	if (end->status == 425 &&
	    server->early++ < RENDEZVOUS_SERVER_EARLY_MAX) {
		rendezvous_server_want(server, server->early == 1);
		rendezvous_server_try_in(
		    server, server->early <= RENDEZVOUS_SERVER_EARLY_SOON
				? RENDEZVOUS_SERVER_EARLY_MS
				: RENDEZVOUS_SERVER_EARLY_LATER_MS);
		return true;
	}
	if (end->status == 0 &&
	    (!end->has_reached || end->has_heard ||
		++server->deaf < RENDEZVOUS_SERVER_DEAF_MAX))
		return false;
	refuse_websocket(server);
	if (end->status == 503 || end->retry_ms >= 0)
		return false; /* it is not the WebSocket that is refused */
	log_debug("no WebSocket: %s", end->sentence);
	rendezvous_server_try_in(server, 0);
	return true;
}

static void
pace(struct rendezvous_server *server, const struct server_stream_end *end,
    bool was_up)
{
	if (was_up && monotime_since_ms(monotime_now(), server->opened) >=
			  RENDEZVOUS_SERVER_STEADY_MS)
		server_backoff_init(&server->backoff);
	else if (was_up)
		server_backoff_hasten(
		    &server->backoff, RENDEZVOUS_SERVER_SHORT_MS);
	if (end->retry_ms >= 0)
		server_backoff_tell(&server->backoff, end->retry_ms);
	if (end->status != 0)
		server_backoff_slow(
		    &server->backoff, RENDEZVOUS_SERVER_REFUSED_MS);
	rendezvous_server_try_in(server,
	    server_backoff_next(&server->backoff, random_below(UINT32_MAX)));
}

/* People are told what changed, once. */
static void
tell_down(struct rendezvous_server *server, const struct server_stream_end *end,
    bool was_up)
{
	bool is_news =
	    was_up || strcmp(server->stream_error, end->sentence) != 0;

	rendezvous_server_note_error(server->stream_error, end->sentence);
	if (is_news)
		server->user->on_down(server->stream_error, server->arg);
	if (is_news && end->status != 0)
		server->user->on_refused(
		    end->status, server->stream_error, server->arg);
}

static void
probe_ended(
    struct rendezvous_server *server, const struct server_stream_end *end)
{
	if (end->status == 425 &&
	    server->early++ < RENDEZVOUS_SERVER_EARLY_MAX) {
		rendezvous_server_want(server, server->early == 1);
		server->websocket_after = monotime_add_ms(
		    monotime_now(), RENDEZVOUS_SERVER_EARLY_LATER_MS);
	} else {
		refuse_websocket(server);
	}
	arm(server->probe_timer, until(server->websocket_after));
}

static void
main_ended(struct rendezvous_server *server,
    const struct server_stream_end *end, const char *path, bool is_websocket)
{
	bool was_up = server->is_up;

	server->is_up = server->is_delta = false;
	if (was_up)
		server->since = monotime_now();
	lane_end(server->probe);
	event_del(server->probe_timer);
	event_del(server->again);
	if (end->status == 0) {
		/* what a redirect said may have changed, too */
		if (!end->has_reached && server->redirects > 0)
			rendezvous_server_follow(server, NULL, NULL);
		server->is_reached = server->is_reached && end->has_reached;
	}
	if (end->location != NULL &&
	    rendezvous_server_follow(server, path, end->location)) {
		rendezvous_server_try_in(server, 0);
		return;
	}
	if (is_websocket && try_otherwise(server, end)) {
		if (was_up)
			tell_down(server, end, was_up);
		return;
	}
	pace(server, end, was_up);
	tell_down(server, end, was_up);
}

static void
stream_on_end(const struct server_stream_end *borrowed, void *arg)
{
	struct wan_lane *lane = arg;
	struct rendezvous_server *server = lane->server;
	char sentence[WAN_SENTENCE_SIZE], location[SERVER_STREAM_PATH_SIZE];
	bool is_websocket = server_stream_is_websocket(lane->stream);
	const char *path = server_stream_path(lane->stream);
	struct server_stream_end end = *borrowed;

	snprintf(sentence, sizeof(sentence), "%s", end.sentence);
	end.sentence = sentence;
	if (end.location != NULL) {
		snprintf(location, sizeof(location), "%s", end.location);
		end.location = location;
	}
	lane_end(lane);
	if (server->is_stopping)
		rendezvous_server_stopped(server);
	else if (lane == server->probe)
		probe_ended(server, &end);
	else
		main_ended(server, &end, path, is_websocket);
}

const struct server_stream_user rendezvous_server_stream_user = {
	.on_head = stream_on_head,
	.on_open = stream_on_open,
	.on_message = stream_on_message,
	.on_alive = stream_on_alive,
	.on_drained = stream_on_drained,
	.on_end = stream_on_end,
};

/* --- the machine's network changed */

static bool
is_same_address(const struct sockaddr *a, const union wan_address *b)
{
	if (a == NULL || a->sa_family != b->sa.sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return memcmp(&((const struct sockaddr_in *)a)->sin_addr,
			   &b->v4.sin_addr, sizeof(b->v4.sin_addr)) == 0;
	return a->sa_family == AF_INET6 &&
	       memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		   &b->v6.sin6_addr, sizeof(b->v6.sin6_addr)) == 0;
}

/* Is the address that this socket speaks from still ours? */
static bool
has_address(int fd)
{
	struct ifaddrs *all, *one;
	union wan_address own;
	socklen_t len = sizeof(own);
	bool found = false;

	if (getsockname(fd, &own.sa, &len) == -1)
		return false;
	if (getifaddrs(&all) == -1)
		return true; /* we cannot tell */
	for (one = all; one != NULL && !found; one = one->ifa_next)
		found = is_same_address(one->ifa_addr, &own);
	freeifaddrs(all);
	return found;
}

void
rendezvous_server_look(struct rendezvous_server *server)
{
	static const struct server_stream_end end = {
		.sentence = "the network of this machine changed",
		.retry_ms = -1,
	};
	struct server_stream *stream = server->main->stream;
	int fd = stream != NULL ? server_stream_fd(stream) : -1;
	int64_t age = monotime_since_ms(monotime_now(), server->attempted);
	bool was_up = server->is_up;

	if (server->is_stopping || (fd != -1 && has_address(fd)))
		return;
	wan_names_forget(server->route.names);
	rendezvous_server_drop_streams(server);
	server_publisher_reset(server->publisher);
	server->is_up = server->is_delta = false;
	server_backoff_init(&server->backoff);
	rendezvous_server_try_in(server,
	    age < RENDEZVOUS_SERVER_HASTE_MS ? RENDEZVOUS_SERVER_HASTE_MS : 0);
	if (was_up) {
		server->since = monotime_now();
		tell_down(server, &end, was_up);
	}
}
