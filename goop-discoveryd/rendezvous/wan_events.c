/* A rendezvous server's Server-Sent Events: one message an event. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "goop-discoveryd/rendezvous/server_stream.h"

static void
events_begin(struct server_stream *stream, char *headers, size_t size)
{
	sse_parse_init(&stream->events);
	snprintf(headers, size,
	    "Accept: text/event-stream\r\n"
	    "Cache-Control: no-cache\r\n");
}

static bool
events_accepts(
    struct server_stream *stream, const struct http_response *response)
{
	static const char wanted[] = "text/event-stream";
	const char *type = http_response_header(response, "Content-Type");

	(void)stream;
	return response->status == 200 && type != NULL &&
	       strncasecmp(type, wanted, strlen(wanted)) == 0 &&
	       strchr("; \t", type[strlen(wanted)]) != NULL;
}

static bool
events_read(struct server_stream *stream, struct bytes bytes)
{
	struct bytes data;

	while (
	    sse_parse_read(&stream->events, &bytes, &data) == SSE_PARSE_EVENT)
		server_stream_tell(stream, data);
	stream->has_heard = true;
	if (stream->events.retry_ms >= 0)
		stream->retry_ms = stream->events.retry_ms;
	return true;
}

static void
events_fini(struct server_stream *stream)
{
	sse_parse_fini(&stream->events);
}

const struct server_stream_kind wan_events_kind = {
	.path = "/events",
	.begin = events_begin,
	.accepts = events_accepts,
	.read = events_read,
	.fini = events_fini,
	.silence_ms = SERVER_STREAM_SILENCE_CLASSIC_MS,
	.silence_delta_ms = SERVER_STREAM_SILENCE_DELTA_MS,
};
