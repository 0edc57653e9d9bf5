/*
 * hub: all subscribers, and what is sent to them. Changes of the roster are
 * gathered for a moment, formatted once for each of the four formats (event
 * stream or WebSocket, classic or delta; docs/rendezvous-1.1.md) and sent to
 * all subscribers from the same memory. A new subscriber gets a snapshot first,
 * or what changed since its cursor. A slow one delays no other: it is dropped.
 *
 * The hub knows no limits, addresses or peers: its user checks the limits
 * before a subscriber joins, handles the messages of WebSockets, and uncounts a
 * subscriber that is gone.
 */
#ifndef GOOP_RENDEZVOUSD_HUB_HUB_H
#define GOOP_RENDEZVOUSD_HUB_HUB_H

#include "common/http/server/http_request.h"
#include "goop-rendezvousd/roster/roster.h"
#include "goop-rendezvousd/hub/subscriber.h"

enum {
	HUB_GATHER_MS = 10,           /* how long changes wait for each other */
	HUB_GATHER_MAX = 1024 * 1024, /* bytes: then they are formatted */
	/* A flush that took T ms of processor time is followed by as long a
	 * pause, within these: changes in between go in one write to each. */
	HUB_REST_MIN_MS = 90,
	HUB_REST_MAX_MS = 250,
	HUB_SLICE_MS = 20,            /* of a flush, then other events */
	HUB_RETRY_MIN_MS = 500,       /* delay to reconnect: spread up to */
	HUB_RETRY_MAX_MS = 15 * 1000, /* this for */
	HUB_RETRY_MANY = 10000,       /* so many subscribers */
	HUB_TIMEOUT_MS = 30 * 1000,   /* for bytes that are not acknowledged */
	HUB_PROBES_MAX = 32,          /* then the oldest is closed */
};

struct hub;

struct hub_user {
	/*
	 * A message of a WebSocket, text or binary, at most 32 KiB; borrowed.
	 * hub_tell and subscriber_close are allowed within.
	 */
	void (*on_message)(
	    struct subscriber *, void *session, struct bytes, void *arg);
	/*
	 * The subscriber is gone and about to be freed. Exactly once for each
	 * that joined; of the hub's functions only hub_free calls it.
	 */
	void (*on_gone)(struct subscriber *, void *session,
	    enum subscriber_end why, void *arg);
};

/* roster and user are borrowed and outlive the hub, which tells the roster
 * whether any subscriber needs refreshes. */
struct hub *hub_new(
    struct event_base *, struct roster *, const struct hub_user *, void *arg);
void hub_free(struct hub *); /* ends all, with on_gone; NULL is fine */

/* What a request asks for. */
struct hub_guest {
	bool is_websocket;
	bool is_delta;
	const char *since; /* its cursor as text, or NULL */
	void *session;     /* passed to the callbacks */
};

/*
 * Turn a request into a subscriber: GET /events, or GET /ws, whose handshake is
 * checked here; the caller has checked peer and limits. Headers that were added
 * to the request are sent; the hub adds those of the stream. 0 with the
 * subscriber, or the status (400, 403, 426, 503) with which the request was
 * answered.
 */
int hub_join(struct hub *, struct http_request *, const struct hub_guest *,
    struct subscriber **ret);

/*
 * Answer GET /ws?probe=1: a WebSocket that is closed at once with 1000 and
 * "probe-ok". It causes no callbacks and is not counted. 0, or the status with
 * which the request was answered.
 */
int hub_join_probe(struct hub *, struct http_request *);

/* For the roster's user: pass on the text of an event; borrowed. */
void hub_hear(struct hub *, enum roster_event, struct shared_text *text);

/* Send text to this subscriber alone (a punch hint). False if too much waits to
 * be sent to it already, or it is ending. */
bool hub_tell(struct subscriber *, const struct shared_text *);

/*
 * For a stop: end all subscribers and tell each, after a different delay, to
 * come back; new ones are refused with 503 from now on. on_drained is called
 * once all are gone, after some two seconds at the latest.
 */
void hub_drain(struct hub *, void (*on_drained)(void *arg), void *arg);

struct hub_stats {
	unsigned int subscribers[SUBSCRIBER_FORMATS];
	uint64_t joined, ended[SUBSCRIBER_ENDS];
	uint64_t messages_out; /* messages times subscribers */
	uint64_t bytes_out, messages_in;
	uint64_t flushes;
	int64_t flush_us, flush_us_max; /* of the last, the longest */
};

void hub_get_stats(const struct hub *, struct hub_stats *ret);
unsigned int hub_count(const struct hub *);

#endif
