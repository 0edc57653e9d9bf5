/*
 * server_stream: one attempt to receive what a rendezvous server passes on, and
 * what comes of it: over a WebSocket or as Server-Sent Events. It ends once,
 * and is not tried again here.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_STREAM_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_STREAM_H

#include "common/http_client/http_client.h"

enum {
	SERVER_STREAM_MESSAGE_MAX = 32 * 1024, /* longer ones are dropped */
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
	bool is_held;         /* reached, and nothing came in time */
};

struct server_stream_user {
	/* Every answer's head, also a refusal's. */
	void (*on_head)(struct http_transfer *, void *arg);
	void (*on_open)(bool is_delta, void *arg);
	void (*on_message)(struct bytes json, void *arg);
	void (*on_alive)(void *arg);   /* bytes came */
	void (*on_drained)(void *arg); /* one may publish again */
	/* It may be freed here; borrowed for the call. */
	void (*on_end)(const struct server_stream_end *, void *arg);
};

struct server_stream;

/* What is asked for, at the end of its URL. */
struct server_stream_wish {
	bool is_websocket;
	const char *peer_id, *cursor; /* cursor may be "" */
};

/* The client is borrowed. Callbacks come from the loop. */
struct server_stream *server_stream_new(struct http_client *,
    const struct server_stream_wish *, const struct server_stream_user *,
    void *arg);

/* From each callback but the stream's own, on_end excepted. NULL is fine. */
void server_stream_free(struct server_stream *);

/* The path that was asked for, without the query. */
const char *server_stream_path(const struct server_stream *);
bool server_stream_is_open(const struct server_stream *);
bool server_stream_is_websocket(const struct server_stream *);
int server_stream_fd(const struct server_stream *); /* or -1 */

/* Over an open WebSocket. 0; -EAGAIN: something waits already, on_drained
 * comes; -ENOTCONN: there is none. */
int server_stream_publish(struct server_stream *, struct bytes json);

/* Close an open WebSocket in order; on_end comes when the server did, too. Same
 * results. */
int server_stream_leave(struct server_stream *);

#endif
