#include "goop-discoveryd/rendezvous/server_stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_date.h"
#include "goop-discoveryd/rendezvous/server_refusal.h"

COUNTER(wan_messages_too_long, "messages of rendezvous servers over the limit");

void
server_stream_tell(struct server_stream *stream, struct bytes json)
{
	stream->has_heard = true;
	if (json.len > SERVER_STREAM_MESSAGE_MAX)
		counter_add(&wan_messages_too_long, 1);
	else
		stream->user->on_message(json, stream->arg);
}

static bool
grants_delta(const struct http_response *response)
{
	const char *mode =
	    http_response_header(response, "Goop-Rendezvous-Mode");

	return mode != NULL && strcasecmp(mode, "delta") == 0;
}

/* It is no stream, but an answer for people. */
static void
note_refusal(struct server_stream *stream, const struct http_response *response)
{
	const char *location = http_response_header(response, "Location");
	const char *retry = http_response_header(response, "Retry-After");

	stream->status = response->status;
	if (location != NULL && response->status / 100 == 3)
		stream->location = xstrdup(location);
	if (retry != NULL)
		(void)http_date_parse_retry(retry,
		    http_response_header(response, "Date"),
		    walltime_ms() / 1000, &stream->retry_ms);
}

static enum wan_exchange_wish
stream_on_head(
    const struct http_response *response, int64_t *silence_ms, void *arg)
{
	struct server_stream *stream = arg;

	stream->user->on_head(response, stream->arg);
	if (!stream->kind->accepts(stream, response)) {
		note_refusal(stream, response);
		return response->status == 101 ? WAN_EXCHANGE_WRONG
					       : WAN_EXCHANGE_SHORT;
	}
	stream->is_open = true;
	stream->is_delta = grants_delta(response);
	*silence_ms = stream->is_delta ? stream->kind->silence_delta_ms
				       : stream->kind->silence_ms;
	stream->user->on_open(stream->is_delta, stream->arg);
	return WAN_EXCHANGE_STREAM;
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
		.has_reached = wan_exchange_has_reached(stream->exchange),
		.has_heard = stream->has_heard,
	};

	stream->is_open = false;
	if (sentence != NULL) {
		snprintf(
		    stream->sentence, sizeof(stream->sentence), "%s", sentence);
		end.status = 0; /* the refusal is not complete either */
	} else if (stream->status != 0) {
		server_refusal_print(stream->status, text, stream->sentence);
	} else if (stream->sentence[0] == '\0') {
		snprintf(stream->sentence, sizeof(stream->sentence),
		    "the server ended the stream");
	}
	end.sentence = stream->sentence;
	stream->user->on_end(&end, stream->arg);
}

static const struct wan_exchange_user stream_exchange_user = {
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
make_path(const struct server_stream_kind *kind, const char *peer_id,
    const char *cursor, char path[SERVER_STREAM_PATH_SIZE])
{
	struct buffer text;

	buffer_init(&text, SERVER_STREAM_PATH_SIZE - 1);
	(void)buffer_printf(&text, "%s?", kind->path);
	if (kind->query != NULL) {
		(void)buffer_printf(&text, "%s=", kind->query);
		add_escaped(&text, peer_id);
		(void)buffer_printf(&text, "&");
	}
	(void)buffer_printf(&text, "mode=delta");
	if (*cursor != '\0') {
		(void)buffer_printf(&text, "&since=");
		add_escaped(&text, cursor);
	}
	memcpy(path, buffer_bytes(&text).data, text.len);
	path[text.len] = '\0';
	buffer_fini(&text);
}

struct server_stream *
server_stream_new(struct wan_route *route,
    const struct server_stream_kind *kind, const char *peer_id,
    const char *cursor, const struct server_stream_user *user, void *arg)
{
	struct server_stream *stream = xzalloc(sizeof(*stream));
	char path[SERVER_STREAM_PATH_SIZE], headers[512] = "";
	struct wan_request request = { "GET", path, headers, { NULL, 0 } };

	stream->kind = kind;
	stream->user = user;
	stream->arg = arg;
	stream->retry_ms = -1;
	make_path(kind, peer_id, cursor, path);
	kind->begin(stream, headers, sizeof(headers));
	stream->exchange =
	    wan_exchange_new(route, &request, &stream_exchange_user, stream);
	return stream;
}

void
server_stream_free(struct server_stream *stream)
{
	if (stream == NULL)
		return;
	wan_exchange_free(stream->exchange);
	stream->kind->fini(stream);
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

bool
server_stream_is_websocket(const struct server_stream *stream)
{
	return stream->kind == &wan_websocket_kind;
}

int
server_stream_fd(const struct server_stream *stream)
{
	return wan_exchange_fd(stream->exchange);
}

int
server_stream_publish(struct server_stream *stream, struct bytes json)
{
	if (!stream->is_open || !server_stream_is_websocket(stream))
		return -ENOTCONN;
	return wan_websocket_publish(stream, json);
}

int
server_stream_leave(struct server_stream *stream)
{
	if (!stream->is_open || !server_stream_is_websocket(stream))
		return -ENOTCONN;
	return wan_websocket_leave(stream);
}
