#include "goop-discoveryd/rendezvous/server_stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/http/stream/sse_parse.h"
#include "common/http/stream/websocket.h"
#include "common/http/stream/websocket_handshake.h"
#include "common/http/syntax/http_date.h"
#include "goop-discoveryd/rendezvous/server_refusal.h"

COUNTER(
    server_messages_too_long, "messages of rendezvous servers over the limit");

enum {
	/* Servers of the original pass on fields without a limit: what is
	 * longer than we want is dropped, and only far more ends the stream. */
	FRAME_MAX = 1024 * 1024,
	OUTPUT_MAX = 128 * 1024,
};

/* What a WebSocket and an event stream do differently. */
struct kind {
	const char *path, *query; /* query: before the rest of it */
	bool (*accepts)(struct server_stream *); /* the head */
	/* False: it is over, stream->sentence says why. */
	bool (*read)(struct server_stream *, struct bytes);
	int64_t silence_ms, silence_delta_ms;
};

struct server_stream {
	const struct kind *kind;
	struct http_transfer *transfer;
	const struct server_stream_user *user;
	void *arg;
	bool is_open, is_delta, has_heard;
	bool is_plain;   /* http */
	bool has_closed; /* the WebSocket, once what waits is sent */
	int status;
	int64_t retry_ms;
	char *location;
	char sentence[HTTP_CLIENT_SENTENCE_SIZE];
	struct sse_parse events;
	struct websocket websocket;
	struct buffer output; /* of the WebSocket, on its way out */
	char key[WEBSOCKET_KEY_SIZE];
};

static void
pass_on(struct server_stream *stream, struct bytes json)
{
	stream->has_heard = true;
	if (json.len > SERVER_STREAM_MESSAGE_MAX)
		counter_add(&server_messages_too_long, 1);
	else
		stream->user->on_message(json, stream->arg);
}

/* --- Server-Sent Events: one message an event */

static bool
events_accept(struct server_stream *stream)
{
	static const char wanted[] = "text/event-stream";
	const char *type =
	    http_transfer_header(stream->transfer, "Content-Type");

	return http_transfer_status(stream->transfer) == 200 && type != NULL &&
	       strncasecmp(type, wanted, strlen(wanted)) == 0 &&
	       strchr("; \t", type[strlen(wanted)]) != NULL;
}

static bool
events_read(struct server_stream *stream, struct bytes bytes)
{
	struct bytes data;

	while (
	    sse_parse_read(&stream->events, &bytes, &data) == SSE_PARSE_EVENT)
		pass_on(stream, data);
	stream->has_heard = true;
	if (stream->events.retry_ms >= 0)
		stream->retry_ms = stream->events.retry_ms;
	return true;
}

static const struct kind events_kind = {
	.path = "/events",
	.accepts = events_accept,
	.read = events_read,
	.silence_ms = SERVER_STREAM_SILENCE_CLASSIC_MS,
	.silence_delta_ms = SERVER_STREAM_SILENCE_DELTA_MS,
};

/* --- a WebSocket: one message a frame, both ways */

static bool
websocket_accept(struct server_stream *stream)
{
	/* each is borrowed until the next is asked for */
	const char *value = http_transfer_header(stream->transfer, "Upgrade");
	CLEANUP_FREE char *upgrade = value != NULL ? xstrdup(value) : NULL;
	CLEANUP_FREE char *connection = NULL;

	value = http_transfer_header(stream->transfer, "Connection");
	connection = value != NULL ? xstrdup(value) : NULL;
	return http_transfer_status(stream->transfer) == 101 &&
	       websocket_handshake_is_accepted(stream->key, upgrade, connection,
		   http_transfer_header(
		       stream->transfer, "Sec-WebSocket-Accept"));
}

/* "retry=MS" (docs/rendezvous-1.1.md, "Pacing") */
static void
note_close(struct server_stream *stream, const struct websocket_event *event)
{
	struct bytes reason = event->payload;
	uint64_t ms;

	if ((event->code == WEBSOCKET_CLOSE_GOING_AWAY ||
		event->code == WEBSOCKET_CLOSE_TRY_LATER) &&
	    bytes_skip(&reason, "retry=") && text_parse_u64(reason, &ms) == 0 &&
	    ms <= INT32_MAX)
		stream->retry_ms = (int64_t)ms;
	snprintf(stream->sentence, sizeof(stream->sentence),
	    event->code == WEBSOCKET_CLOSE_GOING_AWAY
		? "the server is going away"
		: "the server ended the stream (%u)",
	    (unsigned int)event->code);
}

static void
websocket_on_event(const struct websocket_event *event, void *arg)
{
	struct server_stream *stream = arg;

	stream->has_heard = true;
	if (event->opcode == WEBSOCKET_TEXT ||
	    event->opcode == WEBSOCKET_BINARY)
		pass_on(stream, event->payload);
	else if (event->opcode == WEBSOCKET_CLOSE)
		note_close(stream, event);
}

/* The WebSocket's output goes out. 0 or -ENOBUFS. */
static int
flush(struct server_stream *stream)
{
	struct bytes bytes = buffer_bytes(&stream->output);
	int rc = 0;

	if (bytes.len > 0)
		rc = http_transfer_send(stream->transfer, bytes);
	buffer_fini(&stream->output);
	return rc;
}

static bool
websocket_read(struct server_stream *stream, struct bytes bytes)
{
	int rc = websocket_receive(&stream->websocket, bytes,
	    websocket_on_event, stream, &stream->output);

	if (flush(stream) < 0)
		rc = -ENOBUFS;
	if (rc == -EPROTO)
		snprintf(stream->sentence, sizeof(stream->sentence),
		    "the server's WebSocket is broken");
	else if (rc < 0)
		snprintf(stream->sentence, sizeof(stream->sentence),
		    "the server does not read what we send");
	stream->has_closed = stream->websocket.state == WEBSOCKET_CLOSED;
	return rc == 0 && (!stream->has_closed ||
			      http_transfer_queued(stream->transfer) > 0);
}

static const struct kind websocket_kind = {
	.path = "/ws",
	.query = "peer_id",
	.accepts = websocket_accept,
	.read = websocket_read,
	.silence_ms = SERVER_STREAM_SILENCE_WEBSOCKET_MS,
	.silence_delta_ms = SERVER_STREAM_SILENCE_WEBSOCKET_MS,
};

bool
server_stream_is_websocket(const struct server_stream *stream)
{
	return stream->kind == &websocket_kind;
}

int
server_stream_publish(struct server_stream *stream, struct bytes json)
{
	if (!stream->is_open || !server_stream_is_websocket(stream))
		return -ENOTCONN;
	if (http_transfer_queued(stream->transfer) > 0)
		return -EAGAIN;
	if (websocket_send(
		&stream->websocket, WEBSOCKET_TEXT, json, &stream->output) < 0)
		return -ENOTCONN;
	return flush(stream) < 0 ? -EAGAIN : 0;
}

int
server_stream_leave(struct server_stream *stream)
{
	if (!stream->is_open || !server_stream_is_websocket(stream) ||
	    websocket_close(&stream->websocket, WEBSOCKET_CLOSE_NORMAL, "",
		monotime_now(), &stream->output) < 0)
		return -ENOTCONN;
	return flush(stream) < 0 ? -EAGAIN : 0;
}

/* --- the transfer */

/* It is no stream, but an answer for people. */
static void
note_refusal(struct server_stream *stream)
{
	const char *location =
	    http_transfer_header(stream->transfer, "Location");

	stream->status = http_transfer_status(stream->transfer);
	if (location != NULL && stream->status / 100 == 3)
		stream->location = xstrdup(location);
	stream->retry_ms = server_refusal_retry_ms(stream->transfer);
}

static enum http_transfer_wish
stream_on_head(struct http_transfer *transfer, int64_t *silence_ms, void *arg)
{
	struct server_stream *stream = arg;
	const char *mode;

	stream->user->on_head(transfer, stream->arg);
	if (!stream->kind->accepts(stream)) {
		note_refusal(stream);
		return stream->status == 101 ? HTTP_TRANSFER_WRONG
					     : HTTP_TRANSFER_SHORT;
	}
	mode = http_transfer_header(transfer, "Goop-Rendezvous-Mode");
	stream->is_open = true;
	stream->is_delta = mode != NULL && strcasecmp(mode, "delta") == 0;
	*silence_ms = stream->is_delta ? stream->kind->silence_delta_ms
				       : stream->kind->silence_ms;
	stream->user->on_open(stream->is_delta, stream->arg);
	return HTTP_TRANSFER_STREAM;
}

static bool
stream_on_bytes(struct bytes bytes, void *arg)
{
	struct server_stream *stream = arg;

	stream->user->on_alive(stream->arg);
	return stream->kind->read(stream, bytes);
}

static bool
stream_on_drained(void *arg)
{
	struct server_stream *stream = arg;

	if (stream->has_closed) /* and now the other side knows */
		return false;
	stream->user->on_drained(stream->arg);
	return true;
}

static void
stream_on_over(const char *sentence, const char *text, void *arg)
{
	struct server_stream *stream = arg;
	struct server_stream_end end = {
		.status = stream->status,
		.retry_ms = stream->retry_ms,
		.location = stream->location,
		.has_reached = http_transfer_has_reached(stream->transfer),
		.has_heard = stream->has_heard,
		.is_held = !stream->has_heard && stream->status == 0 &&
			   http_transfer_is_late(stream->transfer),
	};

	stream->is_open = false;
	if (sentence != NULL) {
		snprintf(
		    stream->sentence, sizeof(stream->sentence), "%s", sentence);
		end.status = 0; /* the refusal is not complete either */
		/* A proxy for http that does not tunnel: it may pass on what
		 * is no WebSocket. */
		if (stream->is_plain && server_stream_is_websocket(stream))
			end.status =
			    http_transfer_proxy_status(stream->transfer);
	} else if (stream->status != 0) {
		server_refusal_print(stream->status, text, stream->sentence);
	} else if (stream->sentence[0] == '\0') {
		snprintf(stream->sentence, sizeof(stream->sentence),
		    "the server ended the stream");
	}
	end.sentence = stream->sentence;
	stream->user->on_end(&end, stream->arg);
}

static const struct http_transfer_user stream_transfer_user = {
	.on_head = stream_on_head,
	.on_bytes = stream_on_bytes,
	.on_drained = stream_on_drained,
	.on_over = stream_on_over,
};

/* RFC 3986, 2.1: everything but the unreserved is escaped. */
static void
add_escaped(struct buffer *to, const char *text)
{
	static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-._~";

	for (; *text != '\0'; text++)
		(void)buffer_printf(to,
		    strchr(unreserved, *text) != NULL ? "%c" : "%%%02X",
		    (unsigned char)*text);
}

/* docs/rendezvous-1.1.md, "Delta mode"; others do not look at the query. */
static void
make_path(const struct kind *kind, const struct server_stream_wish *wish,
    char path[SERVER_STREAM_PATH_SIZE])
{
	struct buffer text;

	buffer_init(&text, SERVER_STREAM_PATH_SIZE - 1);
	(void)buffer_printf(&text, "%s?", kind->path);
	if (kind->query != NULL) {
		(void)buffer_printf(&text, "%s=", kind->query);
		add_escaped(&text, wish->peer_id);
		(void)buffer_printf(&text, "&");
	}
	(void)buffer_printf(&text, "mode=delta");
	if (*wish->cursor != '\0') {
		(void)buffer_printf(&text, "&since=");
		add_escaped(&text, wish->cursor);
	}
	memcpy(path, buffer_bytes(&text).data, text.len);
	path[text.len] = '\0';
	buffer_fini(&text);
}

struct server_stream *
server_stream_new(struct http_client *client,
    const struct server_stream_wish *wish,
    const struct server_stream_user *user, void *arg)
{
	struct server_stream *stream = xzalloc(sizeof(*stream));
	char path[SERVER_STREAM_PATH_SIZE], key[64];
	const char *const events_headers[] = { "Accept: text/event-stream",
		"Cache-Control: no-cache", NULL };
	const char *const websocket_headers[] = { "Connection: Upgrade",
		"Upgrade: websocket", "Sec-WebSocket-Version: 13", key, NULL };
	struct http_request request = {
		.method = "GET",
		.path = path,
		.headers =
		    wish->is_websocket ? websocket_headers : events_headers,
		.is_stream = true,
		.is_upgrade = wish->is_websocket,
	};

	stream->kind = wish->is_websocket ? &websocket_kind : &events_kind;
	stream->user = user;
	stream->arg = arg;
	stream->retry_ms = -1;
	stream->is_plain = !http_client_url(client)->is_secure;
	sse_parse_init(&stream->events);
	websocket_init(&stream->websocket, WEBSOCKET_CLIENT, FRAME_MAX);
	buffer_init(&stream->output, OUTPUT_MAX);
	websocket_key_make(stream->key);
	snprintf(key, sizeof(key), "Sec-WebSocket-Key: %s", stream->key);
	make_path(stream->kind, wish, path);
	stream->transfer =
	    http_transfer_new(client, &request, &stream_transfer_user, stream);
	return stream;
}

void
server_stream_free(struct server_stream *stream)
{
	if (stream == NULL)
		return;
	http_transfer_free(stream->transfer);
	sse_parse_fini(&stream->events);
	websocket_fini(&stream->websocket);
	buffer_fini(&stream->output);
	free(stream->location);
	free(stream);
}

const char *
server_stream_path(const struct server_stream *stream)
{
	return stream->kind->path;
}

bool
server_stream_is_open(const struct server_stream *stream)
{
	return stream->is_open;
}

int
server_stream_fd(const struct server_stream *stream)
{
	return http_transfer_fd(stream->transfer);
}
