#include "goop-discoveryd/rendezvous/rendezvous_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_date.h"
#include "common/presence/presence.h"
#include "goop-discoveryd/rendezvous/own_address.h"
#include "goop-discoveryd/rendezvous/server_plan.h"
#include "goop-discoveryd/rendezvous/server_publish.h"
#include "goop-discoveryd/rendezvous/server_refusal.h"
#include "goop-discoveryd/rendezvous/server_stream.h"
#include "proto/field_json.h"

enum {
	/* A server of the original may forget us while it takes us for gone:
	 * we publish twice after joining. */
	AGAIN_MS = 700,
	WANTED_GAP_MS = 2000,
	REDIRECTS_MAX = 3,
	CLOCK_STEP_MS = 2000, /* Date counts in seconds */
	HASTE_MS = 1000,      /* two attempts are not closer */
	ANSWER_GAP_MS = 5000, /* nor news of what it answers */
	ALIVE_GAP_MS = 1000,
};

_Static_assert((int)RENDEZVOUS_SERVER_URL_SIZE == (int)HTTP_URL_TEXT_SIZE,
    "a URL fits into a status row");

#define STATES(X) \
	X(WAITING)  /* for the next attempt; as long as server_plan says */ \
	X(OPENING)  /* a stream; its transfer has the deadlines */ \
	X(UP)       /* a stream is open; its transfer bounds its silence */ \
	X(STOPPING) /* the goodbye is on its way; RENDEZVOUS_SERVER_STOP_MS */ \
	X(STOPPED)  /* done is called from the loop at once */
enum state {
#define STATE_VALUE(name) name,
	STATES(STATE_VALUE)
#undef STATE_VALUE
};
static const char *const state_names[] = {
#define STATE_NAME(name) #name,
	STATES(STATE_NAME)
#undef STATE_NAME
};

/* A place for a stream; what comes of it says which one it was. */
struct lane {
	struct rendezvous_server *server;
	struct server_stream *stream;
};

struct rendezvous_server {
	struct event_base *base;
	const struct rendezvous_server_user *user;
	void *arg;
	char *peer_id;
	struct resolver *resolver;
	struct http_url configured;
	struct http_client *client; /* of where redirects led */
	unsigned int redirects;
	int64_t patience;

	enum state state;
	struct monotime since; /* it is up, or it is not */
	struct event *timer;   /* of the state */
	struct monotime next_try, attempted, opened;
	struct server_plan plan;
	struct lane lanes[2];
	struct lane *main;  /* the stream, or the attempt at one */
	struct lane *probe; /* a WebSocket tried beside an event stream */
	struct event *probe_timer;
	struct event *network_changed;

	struct server_relay *relay;
	struct server_publisher *publisher;
	struct buffer waiting; /* to be published over the WebSocket */
	struct event *again;   /* on_wanted once more */
	struct monotime wanted, told_alive;
	struct monotime publish_after; /* the server asked us to wait */
	struct monotime answered;      /* when its answer was news last */

	/* what is known of the server */
	bool is_delta, is_ours;
	bool is_reached; /* the last attempt got an answer */
	bool is_posting; /* it answered the last POST */
	int64_t clock_offset_ms;
	char cursor[RENDEZVOUS_SERVER_CURSOR_SIZE];
	char stream_error[RENDEZVOUS_SERVER_SENTENCE_SIZE];
	char publish_error[RENDEZVOUS_SERVER_SENTENCE_SIZE];

	void (*done)(void *arg);
	void *done_arg;
};

static const struct server_stream_user server_stream_user;

/* --- time */

static void
arm(struct event *event, int64_t ms)
{
	struct timeval wait = timeval_of_ms(ms);

	event_add(event, &wait);
}

static int64_t
patient(const struct rendezvous_server *server, int64_t ms)
{
	return ms * server->patience / HTTP_CLIENT_PATIENCE_FULL;
}

/* The only assignment of the state. ms: until its timer; -1: it has none. */
static void
server_enter(struct rendezvous_server *server, enum state state, int64_t ms)
{
	struct monotime now = monotime_now();

	if (state != server->state)
		log_debug("rendezvous server host=%s %s -> %s",
		    server->configured.host, state_names[server->state],
		    state_names[state]);
	if (state == UP || server->state == UP)
		server->since = now;
	if (state != UP)
		server->is_delta = false;
	server->state = state;
	server->next_try =
	    state == WAITING ? monotime_add_ms(now, ms) : MONOTIME_NEVER;
	event_del(server->timer);
	if (ms >= 0)
		arm(server->timer, ms);
}

static bool
is_stopping(const struct rendezvous_server *server)
{
	return server->state >= STOPPING;
}

/* --- streams come and go */

static void
lane_begin(struct lane *lane, bool is_websocket)
{
	struct rendezvous_server *server = lane->server;
	struct server_stream_wish wish = { is_websocket, server->peer_id,
		server->cursor };

	lane->stream =
	    server_stream_new(server->client, &wish, &server_stream_user, lane);
}

static void
lane_end(struct lane *lane)
{
	server_stream_free(lane->stream);
	lane->stream = NULL;
}

static void
drop_streams(struct rendezvous_server *server)
{
	event_del(server->probe_timer);
	event_del(server->again);
	server_relay_reset(server->relay);
	lane_end(server->main);
	lane_end(server->probe);
}

static void
try_stream(struct rendezvous_server *server)
{
	struct monotime now = monotime_now();

	server->attempted = now;
	server_enter(server, OPENING, -1);
	lane_begin(
	    server->main, server_plan_wants_websocket(&server->plan, now));
}

static void
server_on_probe(evutil_socket_t fd, short what, void *arg)
{
	struct rendezvous_server *server = arg;

	(void)fd;
	(void)what;
	if (server->state == UP && server->probe->stream == NULL)
		lane_begin(server->probe, true);
}

/* --- where the server is */

static int
take_url(struct rendezvous_server *server, const struct http_url *url)
{
	struct http_client *client;
	int rc = http_client_new(server->base, server->resolver, url, &client);

	if (rc < 0)
		return rc;
	http_client_set_patience(client, server->patience);
	http_client_free(server->client);
	server->client = client;
	return 0;
}

/* The same host, and no way back from https. */
static bool
may_follow(const struct http_url *from, const struct http_url *to)
{
	return strcmp(from->host, to->host) == 0 &&
	       (to->is_secure || !from->is_secure);
}

/* Go where the server's answer to path says, or to where it was configured
 * (location NULL), and try there. False: not there. */
static bool
follow(struct rendezvous_server *server, const char *path, const char *location)
{
	const struct http_url *from = http_client_url(server->client);
	struct http_url url = server->configured;

	if (location != NULL &&
	    (server->redirects >= REDIRECTS_MAX ||
		http_url_redirect(from, path, location, &url) < 0 ||
		!may_follow(from, &url)))
		return false;
	if (url.login[0] == '\0')
		memcpy(url.login, from->login, sizeof(url.login));
	server->redirects = location != NULL ? server->redirects + 1 : 0;
	/* nothing may use the old client any more */
	drop_streams(server);
	server_publisher_reset(server->publisher);
	if (take_url(server, &url) < 0)
		return false;
	if (location != NULL)
		server_enter(server, WAITING, 0);
	return true;
}

/* --- what answers say about the server */

static void
note_clock(struct rendezvous_server *server, const char *date)
{
	int64_t seconds, offset;

	if (date == NULL || http_date_parse(date, &seconds) < 0)
		return;
	offset = seconds * 1000 + 500 - walltime_ms();
	/* It jitters by a second; our timestamps must not go back with it. */
	if (llabs(offset - server->clock_offset_ms) >= CLOCK_STEP_MS)
		server->clock_offset_ms = offset;
}

static void
note_head(struct rendezvous_server *server, struct http_transfer *transfer)
{
	const char *version = http_transfer_header(transfer, "Goop-Rendezvous");

	server->is_reached = true;
	server->is_ours = version != NULL && strncmp(version, "1.", 2) == 0;
	note_clock(server, http_transfer_header(transfer, "Date"));
}

static void
note_error(char error[RENDEZVOUS_SERVER_SENTENCE_SIZE], const char *sentence)
{
	snprintf(error, RENDEZVOUS_SERVER_SENTENCE_SIZE, "%s", sentence);
}

/* --- publishing */

static bool
has_websocket(const struct rendezvous_server *server)
{
	const struct server_stream *stream = server->main->stream;

	return stream != NULL && server_stream_is_websocket(stream) &&
	       server_stream_is_open(stream);
}

static void
want(struct rendezvous_server *server, bool is_urgent)
{
	struct monotime now = monotime_now();

	if (!is_urgent &&
	    monotime_since_ms(now, server->wanted) < WANTED_GAP_MS)
		return;
	server->wanted = now;
	server->user->on_wanted(server->arg);
}

static void
server_on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	want(arg, true);
}

static void
flush(struct rendezvous_server *server)
{
	struct server_stream *stream = server->main->stream;
	struct bytes json = buffer_bytes(&server->waiting);

	if (json.len == 0)
		return;
	if (has_websocket(server)) {
		if (server_stream_publish(stream, json) == -EAGAIN)
			return; /* on_drained comes */
		if (is_stopping(server))
			(void)server_stream_leave(stream);
	} else if (server->is_reached &&
		   monotime_reached(monotime_now(), server->publish_after)) {
		server_publisher_post(server->publisher, server->client, json);
	}
	buffer_fini(&server->waiting);
}

int
rendezvous_server_publish(struct rendezvous_server *server, struct bytes json)
{
	if (json.len > RENDEZVOUS_SERVER_MESSAGE_MAX)
		return -EMSGSIZE;
	if (is_stopping(server))
		return 0;
	buffer_fini(&server->waiting);
	(void)buffer_append(&server->waiting, json);
	flush(server);
	return 0;
}

static void
publisher_on_head(struct http_transfer *transfer, void *arg)
{
	struct rendezvous_server *server = arg;

	note_head(server, transfer);
	server->is_posting = true;
}

/* It knows us now: a WebSocket that was too early is not any more. */
static void
note_published(struct rendezvous_server *server)
{
	server->publish_error[0] = '\0';
	if (server->plan.early > 0 && server->state == WAITING)
		server_enter(server, WAITING, 0);
}

static void
note_refused(
    struct rendezvous_server *server, const struct server_publish_end *end)
{
	bool is_news = strcmp(server->publish_error, end->sentence) != 0;
	int64_t wait_ms = end->retry_ms < SERVER_BACKOFF_TOLD_MAX_MS
			      ? end->retry_ms
			      : SERVER_BACKOFF_TOLD_MAX_MS;

	server->is_posting = end->status != 0;
	if (end->retry_ms >= 0)
		server->publish_after =
		    monotime_add_ms(monotime_now(), wait_ms);
	if (!is_news || end->status == 0 ||
	    !server->user->on_refused(end->status, end->sentence, server->arg))
		note_error(server->publish_error, end->sentence);
}

static void
publisher_on_end(const struct server_publish_end *end, void *arg)
{
	struct rendezvous_server *server = arg;

	if (is_stopping(server)) {
		/* what was under way before may be followed by the offline */
		if (!server_publisher_is_busy(server->publisher))
			server_enter(server, STOPPED, 0);
	} else if (end->location != NULL && server->state != UP &&
		   follow(server, end->path, end->location)) {
		return;
	} else if (end->sentence == NULL) {
		note_published(server);
	} else {
		note_refused(server, end);
	}
}

static const struct server_publish_user publisher_user = {
	.on_head = publisher_on_head,
	.on_end = publisher_on_end,
};

/* "403 sentence", or "204": the answer to a message on the WebSocket. */
static void
note_answer(struct rendezvous_server *server, const char *content)
{
	struct monotime now = monotime_now();
	char sentence[HTTP_CLIENT_SENTENCE_SIZE];
	size_t len = strcspn(content, " ");
	uint64_t status;
	bool is_news;

	if (text_parse_u64(
		(struct bytes){ (const uint8_t *)content, len }, &status) < 0 ||
	    status < 100 || status > 599)
		return;
	if (status < 300) {
		server->publish_error[0] = '\0';
		return;
	}
	server_refusal_print((int)status, content + len, sentence);
	is_news = strcmp(server->publish_error, sentence) != 0 &&
		  monotime_since_ms(now, server->answered) >= ANSWER_GAP_MS;
	if (is_news)
		server->answered = now;
	if (!is_news ||
	    !server->user->on_refused((int)status, sentence, server->arg))
		note_error(server->publish_error, sentence);
}

/* --- while a stream is open */

static void
stream_on_head(struct http_transfer *transfer, void *arg)
{
	struct lane *lane = arg;

	note_head(lane->server, transfer);
}

static void
note_open(struct rendezvous_server *server, bool is_delta)
{
	server_enter(server, UP, -1);
	server_plan_opened(&server->plan);
	server->is_delta = is_delta;
	server->opened = server->told_alive = server->since;
	server->redirects = 0;
	server->stream_error[0] = server->publish_error[0] = '\0';
}

static void
arm_probe(struct rendezvous_server *server)
{
	int64_t ms =
	    monotime_since_ms(server->plan.websocket_after, monotime_now());

	arm(server->probe_timer, ms > 0 ? patient(server, ms) : 0);
}

static void
stream_on_open(bool is_delta, void *arg)
{
	struct lane *lane = arg;
	struct rendezvous_server *server = lane->server;

	if (lane == server->probe) { /* the stream beside it is not needed */
		lane_end(server->main);
		server->probe = server->main;
		server->main = lane;
	}
	note_open(server, is_delta);
	if (server_stream_is_websocket(lane->stream))
		event_del(server->probe_timer);
	else
		arm_probe(server);
	server_relay_ask(server->relay, server->client);
	server->user->on_up(
	    server->is_ours, server->clock_offset_ms, server->arg);
	want(server, true);
	if (!server->is_ours)
		arm(server->again, AGAIN_MS);
}

/* Delta mode's own messages; false: it is none of them. Only JSON with such a
 * word in it is decoded: within a text the quotes would have backslashes. */
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
		note_answer(server, message.content);
	}
	presence_fini(&message);
	return is_begin || is_synced || is_answer;
}

static void
stream_on_message(struct bytes json, void *arg)
{
	struct lane *lane = arg;
	struct rendezvous_server *server = lane->server;

	if (is_stopping(server) || json.len == 0)
		return;
	if (server_stream_is_websocket(lane->stream)) /* it works */
		server_plan_heard(&server->plan);
	if (!server->is_delta || !take_frame(server, json))
		server->user->on_message(json, server->arg);
}

static void
stream_on_alive(void *arg)
{
	struct lane *lane = arg;
	struct rendezvous_server *server = lane->server;
	struct monotime now = monotime_now();

	if (!server->is_delta || is_stopping(server) ||
	    monotime_since_ms(now, server->told_alive) < ALIVE_GAP_MS)
		return;
	server->told_alive = now;
	server->user->on_alive(server->arg);
}

static void
stream_on_drained(void *arg)
{
	struct lane *lane = arg;

	flush(lane->server);
}

/* --- the end of a stream */

/* The owner hears what changed, once. */
static void
tell_down(struct rendezvous_server *server, const char *sentence, int status,
    bool was_up)
{
	bool is_news = was_up || strcmp(server->stream_error, sentence) != 0;

	note_error(server->stream_error, sentence);
	if (is_news)
		server->user->on_down(server->stream_error, server->arg);
	if (is_news && status != 0)
		(void)server->user->on_refused(
		    status, server->stream_error, server->arg);
}

static void
probe_ended(
    struct rendezvous_server *server, const struct server_stream_end *end)
{
	struct server_plan_next next =
	    server_plan_probe_ended(&server->plan, end->status, monotime_now());

	if (next.is_wanted)
		want(server, next.is_urgent);
	arm_probe(server);
}

static void
note_unreached(
    struct rendezvous_server *server, const struct server_stream_end *end)
{
	/* what a redirect said may have changed, too */
	if (!end->has_reached && server->redirects > 0)
		(void)follow(server, NULL, NULL);
	server->is_reached = server->is_reached && end->has_reached;
	server->is_posting = server->is_posting && end->has_reached;
}

/* Nothing came of a stream, though the server was reached. Whether it is the
 * server that is slow shows when something plain is asked, which it needs
 * anyway: our presence. */
static void
note_held(struct rendezvous_server *server, struct server_stream_end *end)
{
	if (server->is_posting)
		end->sentence = SERVER_REFUSAL_HELD;
	server->is_reached = true;
	want(server, true);
}

static void
main_ended(struct rendezvous_server *server, struct server_stream_end *end,
    const char *path, bool is_websocket)
{
	struct monotime now = monotime_now();
	bool was_up = server->state == UP;
	struct server_plan_end fact = {
		.is_websocket = is_websocket,
		.has_reached = end->has_reached,
		.has_heard = end->has_heard,
		.status = end->status,
		.retry_ms = end->retry_ms,
		.lived_ms =
		    was_up ? monotime_since_ms(now, server->opened) : -1,
	};
	struct server_plan_next next;

	drop_streams(server);
	if (end->status == 0)
		note_unreached(server, end);
	if (end->is_held)
		note_held(server, end);
	if (end->location != NULL && follow(server, path, end->location))
		return;
	next = server_plan_ended(
	    &server->plan, &fact, now, random_below(UINT32_MAX));
	server_enter(server, WAITING, next.wait_ms);
	if (next.is_wanted)
		want(server, next.is_urgent);
	if (was_up || !next.is_detour)
		tell_down(server, end->sentence, end->status, was_up);
}

static void
stream_on_end(const struct server_stream_end *borrowed, void *arg)
{
	struct lane *lane = arg;
	struct rendezvous_server *server = lane->server;
	char sentence[HTTP_CLIENT_SENTENCE_SIZE];
	char location[SERVER_STREAM_PATH_SIZE];
	bool is_websocket = server_stream_is_websocket(lane->stream);
	const char *path = server_stream_path(lane->stream);
	struct server_stream_end end = *borrowed;

	snprintf(sentence, sizeof(sentence), "%s", end.sentence);
	end.sentence = sentence;
	if (end.location != NULL) {
		snprintf(location, sizeof(location), "%s", end.location);
		end.location = location;
		if (strstr(location, "://") != NULL)
			server_refusal_print_moved(location, sentence);
	}
	lane_end(lane);
	if (is_stopping(server))
		server_enter(server, STOPPED, 0);
	else if (lane == server->probe)
		probe_ended(server, &end);
	else
		main_ended(server, &end, path, is_websocket);
}

static const struct server_stream_user server_stream_user = {
	.on_head = stream_on_head,
	.on_open = stream_on_open,
	.on_message = stream_on_message,
	.on_alive = stream_on_alive,
	.on_drained = stream_on_drained,
	.on_end = stream_on_end,
};

static void
on_relay_told(const struct relay_info *info, void *arg)
{
	struct rendezvous_server *server = arg;

	if (!is_stopping(server) && server->user->on_relay != NULL)
		server->user->on_relay(info, server->arg);
}

/* --- the machine's network changed */

static void
server_on_network_changed(evutil_socket_t unused, short what, void *arg)
{
	struct rendezvous_server *server = arg;
	struct server_stream *stream = server->main->stream;
	int fd = stream != NULL ? server_stream_fd(stream) : -1;
	int64_t haste = patient(server, HASTE_MS);
	int64_t age = monotime_since_ms(monotime_now(), server->attempted);
	bool was_up = server->state == UP;

	(void)unused;
	(void)what;
	if (is_stopping(server) || (fd != -1 && own_address_is_there(fd)))
		return;
	drop_streams(server);
	server_publisher_reset(server->publisher);
	http_client_reset(server->client);
	server_backoff_init(&server->plan.backoff);
	server_enter(server, WAITING, age < haste ? haste : 0);
	if (was_up)
		tell_down(
		    server, "the network of this machine changed", 0, was_up);
}

void
rendezvous_server_network_changed(struct rendezvous_server *server)
{
	event_active(server->network_changed, EV_TIMEOUT, 0);
}

/* --- goodbye */

/* A server that cannot be reached gets none. */
static void
say_goodbye(struct rendezvous_server *server, struct bytes offline)
{
	buffer_fini(&server->waiting);
	(void)buffer_append(&server->waiting, offline);
	if (has_websocket(server) && offline.len == 0) {
		(void)server_stream_leave(server->main->stream);
	} else if (has_websocket(server)) {
		flush(server);
	} else {
		drop_streams(server);
		server->publish_after = (struct monotime){ 0 };
		flush(server);
		if (!server_publisher_is_busy(server->publisher))
			server_enter(server, STOPPED, 0);
	}
}

void
rendezvous_server_stop(struct rendezvous_server *server, struct bytes offline,
    void (*done)(void *arg), void *arg)
{
	if (is_stopping(server))
		return;
	server->done = done;
	server->done_arg = arg;
	event_del(server->probe_timer);
	event_del(server->again);
	server_enter(server, STOPPING, RENDEZVOUS_SERVER_STOP_MS);
	say_goodbye(server, offline);
}

/* --- life */

/* The time of the state is over. */
static void
server_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct rendezvous_server *server = arg;

	(void)fd;
	(void)what;
	if (is_stopping(server))
		server->done(server->done_arg);
	else
		try_stream(server);
}

static void
make_events(struct rendezvous_server *server, struct event_base *base)
{
	server->timer = evtimer_new(base, server_on_timer, server);
	server->probe_timer = evtimer_new(base, server_on_probe, server);
	server->again = evtimer_new(base, server_on_again, server);
	server->network_changed =
	    evtimer_new(base, server_on_network_changed, server);
}

int
rendezvous_server_new(struct event_base *base,
    const struct rendezvous_server_plan *plan, struct rendezvous_server **ret)
{
	struct rendezvous_server *server = xzalloc(sizeof(*server));
	int rc = http_url_parse(plan->url, &server->configured);

	server->base = base;
	server->resolver = plan->resolver;
	server->patience = HTTP_CLIENT_PATIENCE_FULL;
	if (rc == 0)
		rc = take_url(server, &server->configured);
	if (rc < 0) {
		free(server);
		return rc;
	}
	server->user = plan->user;
	server->arg = plan->arg;
	server->peer_id = xstrdup(plan->peer_id);
	server->main = &server->lanes[0];
	server->probe = &server->lanes[1];
	server->main->server = server->probe->server = server;
	server->relay = server_relay_new(base, on_relay_told, server);
	server->publisher = server_publisher_new(&publisher_user, server);
	buffer_init(&server->waiting, RENDEZVOUS_SERVER_MESSAGE_MAX);
	server_plan_init(&server->plan);
	server->since = monotime_now();
	make_events(server, base);
	server_enter(server, WAITING, 0);
	*ret = server;
	return 0;
}

/* Of this address alone: redirects lead out of it. */
void
rendezvous_server_set_local(struct rendezvous_server *server)
{
	http_client_set_local(server->client);
}

void
rendezvous_server_set_patience(
    struct rendezvous_server *server, int64_t percent)
{
	server->patience = percent;
	http_client_set_patience(server->client, percent);
}

void
rendezvous_server_free(struct rendezvous_server *server)
{
	if (server == NULL)
		return;
	drop_streams(server);
	server_relay_free(server->relay);
	server_publisher_free(server->publisher);
	http_client_free(server->client);
	event_free(server->timer);
	event_free(server->probe_timer);
	event_free(server->again);
	event_free(server->network_changed);
	buffer_fini(&server->waiting);
	free(server->peer_id);
	explicit_bzero(server, sizeof(*server)); /* the login */
	free(server);
}

void
rendezvous_server_forget_cursor(struct rendezvous_server *server)
{
	server->cursor[0] = '\0';
}

int64_t
rendezvous_server_clock_offset_ms(const struct rendezvous_server *server)
{
	return server->clock_offset_ms;
}

/* --- for status rows */

const char *
server_transport_name(enum server_transport transport)
{
	static const char *const names[] = {
		[SERVER_TRANSPORT_NONE] = "none",
		[SERVER_TRANSPORT_WEBSOCKET] = "websocket",
		[SERVER_TRANSPORT_EVENTS] = "events",
	};

	return names[transport];
}

void
rendezvous_server_state(
    const struct rendezvous_server *server, struct rendezvous_server_state *ret)
{
	const char *error = server->stream_error;

	*ret = (struct rendezvous_server_state){
		.is_ours = server->is_ours,
		.is_delta = server->is_delta,
		.since = server->since,
		.next_try = server->next_try,
		.clock_offset_ms = server->clock_offset_ms,
	};
	if (server->state == UP)
		ret->transport =
		    server_stream_is_websocket(server->main->stream)
			? SERVER_TRANSPORT_WEBSOCKET
			: SERVER_TRANSPORT_EVENTS;
	if (*error == '\0')
		error = server->publish_error;
	http_url_print(&server->configured, ret->url);
	snprintf(ret->last_error, sizeof(ret->last_error), "%s", error);
}
