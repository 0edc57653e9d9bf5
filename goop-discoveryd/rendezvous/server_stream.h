/*
 * server_stream: one attempt to hear what a rendezvous server passes on, and
 * what comes of it: over a WebSocket (wan_websocket.c) or as Server-Sent Events
 * (wan_events.c). It ends once, and is not tried again here.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_STREAM_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_STREAM_H

#include "common/http/stream/sse_parse.h"
#include "common/http/stream/websocket.h"
#include "common/http/stream/websocket_handshake.h"
#include "goop-discoveryd/rendezvous/wan_exchange.h"

enum {
	SERVER_STREAM_MESSAGE_MAX = 32 * 1024, /* what is told */
	SERVER_STREAM_PATH_SIZE = 1024,
	SERVER_STREAM_SILENCE_WEBSOCKET_MS = 15 * 1000,
	SERVER_STREAM_SILENCE_DELTA_MS = 30 * 1000,
	SERVER_STREAM_SILENCE_CLASSIC_MS = 60 * 1000,
};

/* How a stream ended. */
struct server_stream_end {
	const char *sentence; /* for people */
	int status;           /* the server's refusal; 0: it was no refusal */
	int64_t retry_ms;     /* what the server asked for; -1: nothing */
	const char *location; /* of a redirect, or NULL */
	bool has_reached;     /* the server, as far as HTTP */
	bool has_heard;       /* something came over the stream */
};

struct server_stream_user {
	/* Every answer's head, also a refusal's. */
	void (*on_head)(const struct http_response *, void *arg);
	void (*on_open)(bool is_delta, void *arg);
	void (*on_message)(struct bytes json, void *arg);
	void (*on_alive)(void *arg);   /* bytes came */
	void (*on_drained)(void *arg); /* one may publish again */
	/* Free it here, if one likes; borrowed for the call. */
	void (*on_end)(const struct server_stream_end *, void *arg);
};

struct server_stream_kind;
extern const struct server_stream_kind wan_websocket_kind;
extern const struct server_stream_kind wan_events_kind;

struct server_stream;

/* cursor may be "". Told from the loop, never from inside this call. */
struct server_stream *server_stream_new(struct wan_route *,
    const struct server_stream_kind *, const char *peer_id, const char *cursor,
    const struct server_stream_user *, void *arg);

/* From no callback but on_end. NULL is fine. */
void server_stream_free(struct server_stream *);

/* The path that was asked for, without the query. */
const char *server_stream_path(const struct server_stream *);
bool server_stream_is_open(const struct server_stream *);
bool server_stream_is_websocket(const struct server_stream *);
int server_stream_fd(const struct server_stream *); /* or -1 */

/* Over an open WebSocket. 0; -EAGAIN: something waits already, on_drained
 * comes; -ENOTCONN: there is none. */
int server_stream_publish(struct server_stream *, struct bytes json);

/* Say goodbye in order; on_end comes when the server did, too. Same results. */
int server_stream_leave(struct server_stream *);

/* --- for the two kinds */

struct server_stream_kind {
	const char *path;
	const char *query; /* before the rest of it */
	/* More headers, and what is to be set up. */
	void (*begin)(struct server_stream *, char *headers, size_t size);
	/* Is this the answer that opens it? */
	bool (*accepts)(struct server_stream *, const struct http_response *);
	/* False: it is over, stream->sentence says why. */
	bool (*read)(struct server_stream *, struct bytes);
	void (*fini)(struct server_stream *);
	int64_t silence_ms, silence_delta_ms;
};

struct server_stream {
	const struct server_stream_kind *kind;
	struct wan_exchange *exchange;
	const struct server_stream_user *user;
	void *arg;
	bool is_open, is_delta, has_heard;
	bool has_closed; /* the WebSocket, once what waits is sent */
	int status;
	int64_t retry_ms;
	char *location;
	char sentence[WAN_SENTENCE_SIZE];
	struct sse_parse events;
	struct websocket websocket;
	struct buffer output; /* of the WebSocket, on its way out */
	char key[WEBSOCKET_KEY_SIZE];
};

/* A message as it came; too long ones are dropped and counted. */
void server_stream_tell(struct server_stream *, struct bytes json);

/* wan_websocket.c */
int wan_websocket_publish(struct server_stream *, struct bytes json);
int wan_websocket_leave(struct server_stream *);

#endif
