/*
 * subscriber: one connection that is told who is online, as an event stream or
 * as a WebSocket. What it is told comes from a feed that it shares with others
 * (feed.h); what concerns it alone (head, snapshot, pongs, hints, close) is a
 * short list of chunks of its own, sent before the feed goes on and never in
 * the middle of a chunk. It holds no other memory while it is idle.
 *
 * It ends by itself when the other side leaves, reads too slowly or breaks the
 * protocol: then the socket is closed at once and on_end called; freeing is
 * the owner's, later, from a turn of its own.
 */
#ifndef GOOP_RENDEZVOUSD_HUB_SUBSCRIBER_H
#define GOOP_RENDEZVOUSD_HUB_SUBSCRIBER_H

#include <sys/queue.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "common/base/monotime.h"
#include "common/http/server/http_wire.h"
#include "common/http/stream/websocket.h"
#include "goop-rendezvousd/hub/broadcast_log.h"

enum {
	SUBSCRIBER_STALL_MS = 10 * 1000,      /* one that takes no byte */
	SUBSCRIBER_BEHIND_MS = 120 * 1000,    /* one that never catches up */
	SUBSCRIBER_LAG_MAX = 4 * 1024 * 1024, /* unread bytes of its feed */
	SUBSCRIBER_OWN_MAX = 64 * 1024,       /* pongs, hints that wait */
	SUBSCRIBER_MESSAGE_MAX = 32 * 1024,   /* from a WebSocket */
	/* From our last word to its end; a daemon has 2 s to stop. */
	SUBSCRIBER_END_MS = 1500,
	/* docs/rendezvous-1.1.md: 5, 10 and, as the original, 25 s. */
	SUBSCRIBER_PING_MS = 4500,
	SUBSCRIBER_COMMENT_DELTA_MS = 9500,
	SUBSCRIBER_COMMENT_CLASSIC_MS = 24500,
	SUBSCRIBER_SILENCE_MS = 15 * 1000, /* of a WebSocket */
	SUBSCRIBER_LOOK_MS = 5000,         /* at the latest */
};

enum subscriber_format {
	SUBSCRIBER_EVENTS_CLASSIC,
	SUBSCRIBER_EVENTS_DELTA,
	SUBSCRIBER_WEBSOCKET_CLASSIC,
	SUBSCRIBER_WEBSOCKET_DELTA,
	SUBSCRIBER_FORMATS
};

/* Why it ended. */
enum subscriber_end {
	SUBSCRIBER_LEFT,   /* it said close, or ended its event stream */
	SUBSCRIBER_LOST,   /* reset, silent, or never answered our close */
	SUBSCRIBER_SLOW,   /* it did not read what it was told */
	SUBSCRIBER_BROKEN, /* broke the protocol; too big a message */
	SUBSCRIBER_CLOSED, /* by us, and it knows */
	SUBSCRIBER_ENDS
};

struct subscriber;

/* One for all subscribers of an owner. */
struct subscriber_owner {
	struct event_base *base;
	/* A WebSocket's message; subscriber_put and _close may be called. */
	void (*on_message)(struct subscriber *, struct bytes);
	/* Look at it again (subscriber_run) by then, earlier than was said. */
	void (*on_hurry)(struct subscriber *, struct monotime by);
	/* It has ended; from within whatever was called. Not to be freed now.
	 */
	void (*on_end)(struct subscriber *);
	uint64_t messages_out, bytes_out, messages_in; /* totals */
};

struct subscriber_own; /* a chunk of its own that waits */

struct subscriber {
	/* What telling it touches comes first: few lines of cache, for they
	 * are cold when it is the turn of one of 10,000. */
	LIST_ENTRY(subscriber) next; /* the owner's */
	struct http_wire wire;
	struct broadcast_log_cursor cursor;
	struct subscriber_own *own, **own_end;
	struct subscriber_owner *owner;
	struct monotime told;   /* the last byte was taken */
	struct monotime behind; /* since when something waits, or NEVER */
	uint8_t format, end;
	bool is_started;
	bool is_writing; /* waits until the socket takes more */
	bool is_ending;  /* after its own chunks nothing follows */
	bool is_shut;    /* our side of the connection is ended */
	bool is_ended;
	bool is_probe; /* the owner's */

	LIST_ENTRY(subscriber) wheel; /* the owner's: who is looked at when */
	void *session;                /* the owner's user's */
	void *newcomer; /* the owner's, until it follows the feed */
	struct event event;
	struct websocket websocket;
	size_t own_offset;     /* of the first own chunk, how much is sent */
	uint32_t own_bounded;  /* bytes that count against OWN_MAX */
	struct monotime heard; /* the last byte came */
	struct monotime pinged;
	struct monotime end_by; /* while it is ending */
};

static inline bool
subscriber_is_websocket(const struct subscriber *subscriber)
{
	return subscriber->format >= SUBSCRIBER_WEBSOCKET_CLASSIC;
}

static inline bool
subscriber_is_delta(const struct subscriber *subscriber)
{
	return subscriber->format % 2 == 1;
}

/* Over a wire, which it takes and leaves NULL, not reading yet. */
void subscriber_init(struct subscriber *, struct subscriber_owner *,
    enum subscriber_format, struct http_wire *, struct monotime now);
void subscriber_fini(struct subscriber *); /* silently, ended or not */

/* From now on read: first early, what came before. */
void subscriber_start(
    struct subscriber *, struct bytes early, struct monotime now);

/* Send what the feed is given from now on. */
void subscriber_follow(struct subscriber *, const struct broadcast_log *);

/* Put a chunk of its own; takes the reference. Nothing is sent yet. */
void subscriber_put(struct subscriber *, struct chunk *);

/* The same for what others can cause: false, with the chunk let go, if too
 * much waits or it is ending. */
bool subscriber_put_bounded(struct subscriber *, struct chunk *);

/* Send what the socket takes. */
void subscriber_flush(struct subscriber *, struct monotime now);

/* Its feed has more. One that lags too far behind is ended. */
void subscriber_tell(
    struct subscriber *, const struct broadcast_log *, struct monotime now);

/* After what was put, nothing else: a close frame with code and reason, or the
 * end of the stream. */
void subscriber_close(struct subscriber *, uint16_t code, const char *reason,
    struct monotime now);

/* Cut it. */
void subscriber_end(struct subscriber *, enum subscriber_end);

/* Ping, or end who is late. Returns when to look again, if it did not end. */
struct monotime subscriber_run(struct subscriber *, struct monotime now);

#endif
