/* rendezvous_server_private: inside a rendezvous_server, for its own files
 * alone. */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_SERVER_PRIVATE_H
#define GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_SERVER_PRIVATE_H

#include "goop-discoveryd/rendezvous/server_backoff.h"
#include "goop-discoveryd/rendezvous/server_publish.h"
#include "goop-discoveryd/rendezvous/rendezvous_server.h"
#include "goop-discoveryd/rendezvous/server_stream.h"

enum {
	RENDEZVOUS_SERVER_STEADY_MS =
	    5000, /* a stream that lived was a success */
	RENDEZVOUS_SERVER_SHORT_MS = 500, /* after one that did not live long */
	RENDEZVOUS_SERVER_REFUSED_MS = 5000, /* not sooner after a refusal */
	RENDEZVOUS_SERVER_AGAIN_MS = 700,    /* reference 0.1, client 5 */
	RENDEZVOUS_SERVER_WANTED_GAP_MS = 2000,
	RENDEZVOUS_SERVER_EARLY_MS = 250, /* after a 425, and the next ones: */
	RENDEZVOUS_SERVER_EARLY_LATER_MS = 1000,
	RENDEZVOUS_SERVER_EARLY_SOON = 4,
	RENDEZVOUS_SERVER_EARLY_MAX = 20, /* then the WebSocket is refused */
	RENDEZVOUS_SERVER_PROBE_FIRST_MS =
	    10 * 1000, /* for a WebSocket, doubling */
	RENDEZVOUS_SERVER_PROBE_MAX_MS = 10 * 60 * 1000,
	RENDEZVOUS_SERVER_DEAF_MAX = 2, /* WebSockets that brought nothing */
	RENDEZVOUS_SERVER_REDIRECTS_MAX = 3,
	RENDEZVOUS_SERVER_CLOCK_STEP_MS = 2000, /* Date counts in seconds */
	RENDEZVOUS_SERVER_HASTE_MS = 1000, /* two attempts are not closer */
	RENDEZVOUS_SERVER_ANSWER_GAP_MS =
	    5000, /* nor news of what it answers */
};

/* A place for a stream; what is told of it says which one it was. */
struct wan_lane {
	struct rendezvous_server *server;
	struct server_stream *stream;
};

struct rendezvous_server {
	struct event_base *base;
	const struct rendezvous_server_user *user;
	void *arg;
	char *peer_id;
	struct http_url configured;
	struct wan_route route; /* where redirects led */
	unsigned int redirects;

	struct wan_lane lanes[2];
	struct wan_lane *main;  /* the stream, or the attempt at one */
	struct wan_lane *probe; /* a WebSocket tried beside events */
	struct server_publisher *publisher;
	struct buffer waiting; /* to be published over the WebSocket */

	struct event *retry;       /* the next attempt at a stream */
	struct event *probe_timer; /* at a WebSocket */
	struct event *again;       /* wanted once more */
	struct event *soon;        /* what callers asked for */
	struct event *stop_timer;
	struct event *stopped;
	struct monotime next_try, attempted, opened, wanted, told_alive;

	struct server_backoff backoff;
	struct monotime websocket_after; /* it is refused until then */
	int64_t probe_ms;
	unsigned int deaf, early;

	bool is_up, is_delta, is_ours;
	bool is_reached; /* the last attempt got an answer */
	bool is_plain;   /* it takes the first generation's keys alone */
	struct monotime since;
	int64_t clock_offset_ms;
	struct monotime publish_after; /* the server asked us to wait */
	struct monotime answered;      /* when its answer was news last */
	char cursor[RENDEZVOUS_SERVER_CURSOR_SIZE];
	char stream_error[RENDEZVOUS_SERVER_SENTENCE_SIZE];
	char publish_error[RENDEZVOUS_SERVER_SENTENCE_SIZE];

	bool has_network_changed;
	bool is_stopping;
	void (*done)(void *arg);
	void *done_arg;
};

/* rendezvous_server.c */
void rendezvous_server_note_head(
    struct rendezvous_server *, const struct http_response *);
void rendezvous_server_note_error(
    char error[RENDEZVOUS_SERVER_SENTENCE_SIZE], const char *sentence);
/* Go where the server says, or to where it was configured (location NULL);
 * false: not there. The answer was to path. */
bool rendezvous_server_follow(
    struct rendezvous_server *, const char *path, const char *location);

/* rendezvous_server_say.c */
extern const struct server_publish_user rendezvous_server_publish_user;
void rendezvous_server_want(struct rendezvous_server *, bool is_urgent);
void rendezvous_server_flush(struct rendezvous_server *);
void rendezvous_server_stopped(
    struct rendezvous_server *); /* done comes soon */
/* "403 sentence", or "204": what it says to our messages on the WebSocket. */
void rendezvous_server_note_answer(
    struct rendezvous_server *, const char *content);

/* rendezvous_server_try.c */
extern const struct server_stream_user rendezvous_server_stream_user;
void rendezvous_server_try(struct rendezvous_server *);
void rendezvous_server_try_in(struct rendezvous_server *, int64_t ms);
void rendezvous_server_probe(struct rendezvous_server *);
/* The machine's network is another one. */
void rendezvous_server_look(struct rendezvous_server *);
void rendezvous_server_drop_streams(struct rendezvous_server *);

#endif
