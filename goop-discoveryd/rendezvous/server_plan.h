/*
 * server_plan: what the end of an attempt (an answer such as 425, 429 or 503, a
 * broken stream, silence) means for the next one: when, and over a WebSocket or
 * as an event stream (docs/rendezvous-1.1.md, "Pacing"). Pure:
 * time and chance are passed in.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_PLAN_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_PLAN_H

#include "common/base/monotime.h"
#include "goop-discoveryd/rendezvous/server_backoff.h"

enum {
	SERVER_PLAN_STEADY_MS = 5000,  /* a stream that lived was a success */
	SERVER_PLAN_SHORT_MS = 500,    /* after one that did not live long */
	SERVER_PLAN_REFUSED_MS = 5000, /* not sooner after a refusal */
	SERVER_PLAN_EARLY_MS = 250,    /* after a 425, and the next ones: */
	SERVER_PLAN_EARLY_LATER_MS = 1000,
	SERVER_PLAN_EARLY_SOON = 4,
	SERVER_PLAN_EARLY_MAX = 20, /* then the WebSocket is refused */
	SERVER_PLAN_DEAF_MAX = 2,   /* WebSockets that brought nothing */
	/* Without a WebSocket: how long until one is tried, doubling. */
	SERVER_PLAN_PROBE_FIRST_MS = 10 * 1000,
	SERVER_PLAN_PROBE_MAX_MS = 10 * 60 * 1000,
};

struct server_plan {
	struct server_backoff backoff;
	struct monotime websocket_after; /* it is refused until then */
	int64_t probe_ms;
	unsigned int deaf, early;
};

/* How an attempt at a stream ended, or a stream. */
struct server_plan_end {
	bool is_websocket;
	bool has_reached; /* the server, as far as HTTP */
	bool has_heard;   /* something came over the stream */
	int status;       /* the server's refusal; 0: it was none */
	int64_t retry_ms; /* what the server asked for; -1: nothing */
	int64_t lived_ms; /* how long it was open; -1: it never was */
};

struct server_plan_next {
	int64_t wait_ms;
	bool is_detour; /* another way to the same end: nothing to report */
	/* The server does not know us yet: publish; is_urgent: at once. */
	bool is_wanted, is_urgent;
};

void server_plan_init(struct server_plan *);

/* Is the next attempt one at a WebSocket? */
bool server_plan_wants_websocket(
    const struct server_plan *, struct monotime now);

/* A stream is open; a WebSocket has brought a message. */
void server_plan_opened(struct server_plan *);
void server_plan_heard(struct server_plan *);

/* What is to be done after this end. chance is a random number. */
struct server_plan_next server_plan_ended(struct server_plan *,
    const struct server_plan_end *, struct monotime now, uint32_t chance);

/* A WebSocket that was tried beside an event stream came to nothing. */
struct server_plan_next server_plan_probe_ended(
    struct server_plan *, int status, struct monotime now);

#endif
