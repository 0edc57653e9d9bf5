/* wan_server_private: inside a wan_server, for its own files alone. */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_SERVER_PRIVATE_H
#define GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_SERVER_PRIVATE_H

#include "goop-discoveryd/rendezvous/server_backoff.h"
#include "goop-discoveryd/rendezvous/server_publish.h"
#include "goop-discoveryd/rendezvous/rendezvous_server.h"
#include "goop-discoveryd/rendezvous/server_stream.h"

enum {
	WAN_SERVER_STEADY_MS = 5000,  /* a stream that lived was a success */
	WAN_SERVER_SHORT_MS = 500,    /* after one that did not live long */
	WAN_SERVER_REFUSED_MS = 5000, /* not sooner after a refusal */
	WAN_SERVER_AGAIN_MS = 700,    /* reference 0.1, client 5 */
	WAN_SERVER_WANTED_GAP_MS = 2000,
	WAN_SERVER_EARLY_MS = 250, /* after a 425, and the next ones: */
	WAN_SERVER_EARLY_LATER_MS = 1000,
	WAN_SERVER_EARLY_SOON = 4,
	WAN_SERVER_EARLY_MAX = 20, /* then the WebSocket is refused */
	WAN_SERVER_PROBE_FIRST_MS = 10 * 1000, /* for a WebSocket, doubling */
	WAN_SERVER_PROBE_MAX_MS = 10 * 60 * 1000,
	WAN_SERVER_DEAF_MAX = 2, /* WebSockets that brought nothing */
	WAN_SERVER_REDIRECTS_MAX = 3,
	WAN_SERVER_CLOCK_STEP_MS = 2000, /* Date counts in seconds */
	WAN_SERVER_HASTE_MS = 1000,      /* two attempts are not closer */
	WAN_SERVER_ANSWER_GAP_MS = 5000, /* nor news of what it answers */
};

/* A place for a stream; what is told of it says which one it was. */
struct wan_lane {
	struct wan_server *server;
	struct wan_stream *stream;
};

struct wan_server {
	struct event_base *base;
	const struct wan_server_user *user;
	void *arg;
	char *peer_id;
	struct http_url configured;
	struct wan_route route; /* where redirects led */
	unsigned int redirects;

	struct wan_lane lanes[2];
	struct wan_lane *main;  /* the stream, or the attempt at one */
	struct wan_lane *probe; /* a WebSocket tried beside events */
	struct wan_publisher *publisher;
	struct buffer waiting; /* to be published over the WebSocket */

	struct event *retry;       /* the next attempt at a stream */
	struct event *probe_timer; /* at a WebSocket */
	struct event *again;       /* wanted once more */
	struct event *soon;        /* what callers asked for */
	struct event *stop_timer;
	struct event *stopped;
	struct monotime next_try, attempted, opened, wanted, told_alive;

	struct wan_backoff backoff;
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
	char cursor[WAN_SERVER_CURSOR_SIZE];
	char stream_error[WAN_SERVER_SENTENCE_SIZE];
	char publish_error[WAN_SERVER_SENTENCE_SIZE];

	bool has_network_changed;
	bool is_stopping;
	void (*done)(void *arg);
	void *done_arg;
};

/* wan_server.c */
void wan_server_note_head(struct wan_server *, const struct http_response *);
void wan_server_note_error(
    char error[WAN_SERVER_SENTENCE_SIZE], const char *sentence);
/* Go where the server says, or to where it was configured (location NULL);
 * false: not there. The answer was to path. */
bool wan_server_follow(
    struct wan_server *, const char *path, const char *location);

/* wan_server_say.c */
extern const struct wan_publish_user wan_server_publish_user;
void wan_server_want(struct wan_server *, bool is_urgent);
void wan_server_flush(struct wan_server *);
void wan_server_stopped(struct wan_server *); /* done comes soon */
/* "403 sentence", or "204": what it says to our messages on the WebSocket. */
void wan_server_note_answer(struct wan_server *, char *content);

/* wan_server_try.c */
extern const struct wan_stream_user wan_server_stream_user;
void wan_server_try(struct wan_server *);
void wan_server_try_in(struct wan_server *, int64_t ms);
void wan_server_probe(struct wan_server *);
/* The machine's network is another one. */
void wan_server_look(struct wan_server *);
void wan_server_drop_streams(struct wan_server *);

#endif
