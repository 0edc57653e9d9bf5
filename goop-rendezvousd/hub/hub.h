/*
 * hub: everybody who is told who is online, and the telling. What the roster
 * reports is gathered for a moment, formatted once for each of the four
 * formats (event stream or WebSocket, classic or delta; docs/rendezvous-1.1.md)
 * and sent by all subscribers from the same memory. Newcomers get a snapshot
 * first, or what changed since they were here. Nobody waits for a slow one:
 * that one is dropped.
 *
 * It does not know who may subscribe, whose messages count, nor addresses:
 * its user asks client_limits before joining, hears what WebSockets say, and
 * gives back what it counted when one is gone.
 */
#ifndef GOOP_RENDEZVOUSD_HUB_HUB_H
#define GOOP_RENDEZVOUSD_HUB_HUB_H

#include "common/http/server/http_request.h"
#include "goop-rendezvousd/roster/roster.h"
#include "goop-rendezvousd/hub/subscriber.h"

enum {
	HUB_GATHER_MS = 10,           /* how long changes wait for each other */
	HUB_GATHER_MAX = 1024 * 1024, /* bytes: then they are formatted */
	/* A flush that took T ms of the processor is followed by as much rest,
	 * within these: what comes meanwhile goes in one write to each. */
	HUB_REST_MIN_MS = 90,
	HUB_REST_MAX_MS = 250,
	HUB_SLICE_MS = 20,            /* of a flush, then the others' turn */
	HUB_RETRY_MIN_MS = 500,       /* when to come back: spread up to here */
	HUB_RETRY_MAX_MS = 15 * 1000, /* when there are */
	HUB_RETRY_MANY = 10000,       /* so many subscribers */
	HUB_TIMEOUT_MS = 30 * 1000,   /* bytes that nobody acknowledges */
	HUB_PROBES_MAX = 32,          /* then the oldest makes room */
};

struct hub;

struct hub_user {
	/*
	 * A WebSocket said something, text or binary, at most 32 KiB; borrowed.
	 * hub_tell and subscriber_close are allowed within.
	 */
	void (*on_message)(
	    struct subscriber *, void *session, struct bytes, void *arg);
	/*
	 * It is gone, the pointer with it. Exactly once for each that joined;
	 * never from within another call of the hub but hub_free.
	 */
	void (*on_gone)(struct subscriber *, void *session,
	    enum subscriber_end why, void *arg);
};

/* roster and user are borrowed and outlive the hub, which tells the roster
 * whether there are subscribers to be told unchanged rows again. */
struct hub *hub_new(
    struct event_base *, struct roster *, const struct hub_user *, void *arg);
void hub_free(struct hub *); /* cuts all; on_gone comes; NULL is fine */

/* Who wants to join. */
struct hub_guest {
	bool is_websocket;
	bool is_delta;
	const char *since; /* its cursor, as it came; or NULL */
	void *session;     /* given back in the callbacks */
};

/*
 * Turn a request into a subscriber: of GET /events, or of GET /ws, whose
 * handshake is checked here and whose peer and limits were checked before.
 * Headers added to the request are part of the answer; the hub adds those of
 * the stream. 0 with the subscriber; or the status (400, 403, 426, 503) with
 * which the request was refused and answered.
 */
int hub_join(struct hub *, struct http_request *, const struct hub_guest *,
    struct subscriber **ret);

/*
 * A WebSocket that is told one thing and closed: the probe of GET /ws?probe=1
 * with 1000 and "probe-ok". It never comes up in callbacks or limits. 0, or the
 * status with which it was refused and answered.
 */
int hub_join_probe(struct hub *, struct http_request *);

/* For the roster's user: pass an event on. text is borrowed. */
void hub_hear(struct hub *, enum roster_event, struct shared_text *text);

/* Tell one alone (a punch hint). False if it has not read enough to be told
 * more, or is ending. */
bool hub_tell(struct subscriber *, const struct shared_text *);

/*
 * For a stop: tell everybody to come back, each after another while, and end
 * them; newcomers are refused with 503 from now on. on_drained comes once all
 * are gone, at the latest after two seconds or so.
 */
void hub_drain(struct hub *, void (*on_drained)(void *arg), void *arg);

struct hub_stats {
	unsigned int subscribers[SUBSCRIBER_FORMATS];
	uint64_t joined, ended[SUBSCRIBER_ENDS];
	uint64_t messages_out; /* message times subscriber */
	uint64_t bytes_out, messages_in;
	uint64_t flushes;
	int64_t flush_us, flush_us_max; /* of the last, the longest */
};

void hub_get_stats(const struct hub *, struct hub_stats *ret);
unsigned int hub_count(const struct hub *);

#endif
