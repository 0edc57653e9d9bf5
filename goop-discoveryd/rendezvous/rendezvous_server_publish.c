/* What a rendezvous_server says: presence, and goodbye. */
#include <errno.h>
#include <string.h>

#include "common/base/text.h"
#include "goop-discoveryd/rendezvous/wan_plain.h"
#include "goop-discoveryd/rendezvous/server_refusal.h"
#include "goop-discoveryd/rendezvous/rendezvous_server_private.h"

static bool
has_websocket(const struct rendezvous_server *server)
{
	const struct server_stream *stream = server->main->stream;

	return stream != NULL && server_stream_is_websocket(stream) &&
	       server_stream_is_open(stream);
}

void
rendezvous_server_want(struct rendezvous_server *server, bool is_urgent)
{
	struct monotime now = monotime_now();

	if (!is_urgent && monotime_since_ms(now, server->wanted) <
			      RENDEZVOUS_SERVER_WANTED_GAP_MS)
		return;
	server->wanted = now;
	server->user->on_wanted(server->arg);
}

/* By POST: it is the same server until the next stream. */
static void
post(struct rendezvous_server *server, struct bytes json)
{
	struct buffer plain;

	buffer_init(&plain, RENDEZVOUS_SERVER_MESSAGE_MAX);
	if (server->is_plain && wan_plain_print(json, &plain) == 0)
		json = buffer_bytes(&plain);
	server_publisher_post(server->publisher, &server->route, json);
	buffer_fini(&plain);
}

void
rendezvous_server_flush(struct rendezvous_server *server)
{
	struct server_stream *stream = server->main->stream;
	struct bytes json = buffer_bytes(&server->waiting);

	if (json.len == 0)
		return;
	if (has_websocket(server)) {
		if (server_stream_publish(stream, json) == -EAGAIN)
			return; /* on_drained comes */
		if (server->is_stopping)
			(void)server_stream_leave(stream);
	} else if (server->is_reached &&
		   monotime_reached(monotime_now(), server->publish_after)) {
		post(server, json);
	}
	buffer_fini(&server->waiting);
}

int
rendezvous_server_publish(struct rendezvous_server *server, struct bytes json)
{
	if (json.len > RENDEZVOUS_SERVER_MESSAGE_MAX)
		return -EMSGSIZE;
	if (server->is_stopping)
		return 0;
	buffer_fini(&server->waiting);
	(void)buffer_append(&server->waiting, json);
	rendezvous_server_flush(server);
	return 0;
}

static void
publisher_on_head(const struct http_response *response, void *arg)
{
	rendezvous_server_note_head(arg, response);
}

/* It knows us now: a WebSocket that was too early is not any more. */
static void
note_published(struct rendezvous_server *server)
{
	server->publish_error[0] = '\0';
	if (server->early > 0 && server->main->stream == NULL)
		rendezvous_server_try_in(server, 0);
}

static void
note_refused(
    struct rendezvous_server *server, const struct server_publish_end *end)
{
	bool is_news = strcmp(server->publish_error, end->sentence) != 0;

	rendezvous_server_note_error(server->publish_error, end->sentence);
	if (end->retry_ms >= 0)
		server->publish_after = monotime_add_ms(
		    monotime_now(), end->retry_ms < SERVER_BACKOFF_TOLD_MAX_MS
					? end->retry_ms
					: SERVER_BACKOFF_TOLD_MAX_MS);
	if (is_news && end->status != 0)
		server->user->on_refused(
		    end->status, server->publish_error, server->arg);
}

static void
publisher_on_end(const struct server_publish_end *end, void *arg)
{
	struct rendezvous_server *server = arg;

	if (server->is_stopping) {
		/* what was under way before may be followed by the offline */
		if (!server_publisher_is_busy(server->publisher))
			rendezvous_server_stopped(server);
		return;
	}
	if (end->location != NULL && !server->is_up &&
	    rendezvous_server_follow(server, end->path, end->location)) {
		rendezvous_server_try_in(server, 0);
		return;
	}
	if (end->sentence == NULL) {
		note_published(server);
	} else if (!server->is_plain &&
		   wan_plain_is_wanted(end->status, end->sentence)) {
		server->is_plain = true;
		rendezvous_server_want(server, true);
	} else {
		note_refused(server, end);
	}
}

const struct server_publish_user rendezvous_server_publish_user = {
	.on_head = publisher_on_head,
	.on_end = publisher_on_end,
};

void
rendezvous_server_note_answer(
    struct rendezvous_server *server, const char *content)
{
	struct monotime now = monotime_now();
	char sentence[WAN_SENTENCE_SIZE];
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
		  monotime_since_ms(now, server->answered) >=
		      RENDEZVOUS_SERVER_ANSWER_GAP_MS;
	rendezvous_server_note_error(server->publish_error, sentence);
	if (!is_news)
		return;
	server->answered = now;
	server->user->on_refused(
	    (int)status, server->publish_error, server->arg);
}

/* --- goodbye */

void
rendezvous_server_stopped(struct rendezvous_server *server)
{
	event_active(server->stopped, EV_TIMEOUT, 0);
}

/* Who cannot be reached is not said goodbye to. */
static void
say_goodbye(struct rendezvous_server *server, struct bytes offline)
{
	buffer_fini(&server->waiting);
	(void)buffer_append(&server->waiting, offline);
	if (has_websocket(server) && offline.len == 0) {
		(void)server_stream_leave(server->main->stream);
	} else if (has_websocket(server)) {
		rendezvous_server_flush(server);
	} else {
		rendezvous_server_drop_streams(server);
		server->publish_after = (struct monotime){ 0 };
		rendezvous_server_flush(server);
		if (!server_publisher_is_busy(server->publisher))
			rendezvous_server_stopped(server);
	}
}

void
rendezvous_server_stop(struct rendezvous_server *server, struct bytes offline,
    void (*done)(void *arg), void *arg)
{
	static const struct timeval wait = { 0,
		RENDEZVOUS_SERVER_STOP_MS * 1000 };

	if (server->is_stopping)
		return;
	server->is_stopping = true;
	server->done = done;
	server->done_arg = arg;
	event_del(server->retry);
	event_del(server->probe_timer);
	event_del(server->again);
	event_add(server->stop_timer, &wait);
	say_goodbye(server, offline);
}
