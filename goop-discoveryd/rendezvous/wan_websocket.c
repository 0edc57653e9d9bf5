/* A rendezvous server's WebSocket: one message a frame, both ways. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "goop-discoveryd/rendezvous/server_stream.h"

enum {
	/* Servers of the original pass on fields without a limit: what is
	 * longer than we want is dropped, and only far more ends the stream. */
	MESSAGE_MAX = 1024 * 1024,
	OUTPUT_MAX = 128 * 1024,
};

static void
websocket_begin(struct server_stream *stream, char *headers, size_t size)
{
	websocket_init(&stream->websocket, WEBSOCKET_CLIENT, MESSAGE_MAX);
	buffer_init(&stream->output, OUTPUT_MAX);
	websocket_key_make(stream->key);
	snprintf(headers, size,
	    "Connection: Upgrade\r\n"
	    "Upgrade: websocket\r\n"
	    "Sec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: %s\r\n",
	    stream->key);
}

static bool
websocket_accepts(
    struct server_stream *stream, const struct http_response *response)
{
	return response->status == 101 &&
	       websocket_handshake_is_accepted(stream->key,
		   http_response_header(response, "Upgrade"),
		   http_response_header(response, "Connection"),
		   http_response_header(response, "Sec-WebSocket-Accept"));
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
		server_stream_tell(stream, event->payload);
	else if (event->opcode == WEBSOCKET_CLOSE)
		note_close(stream, event);
}

/* What the WebSocket wants to say goes out. 0 or -ENOBUFS. */
static int
flush(struct server_stream *stream)
{
	struct bytes bytes = buffer_bytes(&stream->output);
	int rc = 0;

	if (bytes.len > 0)
		rc = wan_exchange_send(stream->exchange, bytes);
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
			      wan_exchange_queued(stream->exchange) > 0);
}

static void
websocket_end(struct server_stream *stream)
{
	websocket_fini(&stream->websocket);
	buffer_fini(&stream->output);
}

const struct server_stream_kind wan_websocket_kind = {
	.path = "/ws",
	.query = "peer_id",
	.begin = websocket_begin,
	.accepts = websocket_accepts,
	.read = websocket_read,
	.fini = websocket_end,
	.silence_ms = SERVER_STREAM_SILENCE_WEBSOCKET_MS,
	.silence_delta_ms = SERVER_STREAM_SILENCE_WEBSOCKET_MS,
};

int
wan_websocket_publish(struct server_stream *stream, struct bytes json)
{
	if (wan_exchange_queued(stream->exchange) > 0)
		return -EAGAIN;
	if (websocket_send(
		&stream->websocket, WEBSOCKET_TEXT, json, &stream->output) < 0)
		return -ENOTCONN;
	return flush(stream) < 0 ? -EAGAIN : 0;
}

int
wan_websocket_leave(struct server_stream *stream)
{
	if (websocket_close(&stream->websocket, WEBSOCKET_CLOSE_NORMAL, "",
		monotime_now(), &stream->output) < 0)
		return -ENOTCONN;
	return flush(stream) < 0 ? -EAGAIN : 0;
}
