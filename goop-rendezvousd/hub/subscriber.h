/*
 * subscriber: one connection that presence is sent to, as an event stream or a
 * WebSocket. Most of it comes from a feed, a broadcast_log that it shares with
 * others; what is for it alone (head, snapshot, pongs, hints, close) is a short
 * list of own chunks, sent before the feed goes on and never within one of its
 * chunks. An idle subscriber holds no other memory.
 *
 * It ends by itself when the client leaves, reads too slowly or breaks the
 * protocol: the socket is closed at once and on_end called; the owner frees it
 * later, from an event of its own.
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
	SUBSCRIBER_STALL_MS = 10 * 1000,      /* without a byte taken */
	SUBSCRIBER_BEHIND_MS = 120 * 1000,    /* without catching up */
	SUBSCRIBER_LAG_MAX = 4 * 1024 * 1024, /* unread bytes of its feed */
	SUBSCRIBER_OWN_MAX = 64 * 1024,       /* pongs and hints that wait */
	SUBSCRIBER_MESSAGE_MAX = 32 * 1024,   /* from a WebSocket */
	/* From our close to the end; a daemon has 2 s to stop. */
	SUBSCRIBER_END_MS = 1500,
	/* docs/rendezvous-1.1.md: 5, 10 and, as the original, 25 s. */
	SUBSCRIBER_PING_MS = 4500,
	SUBSCRIBER_COMMENT_DELTA_MS = 9500,
	SUBSCRIBER_COMMENT_CLASSIC_MS = 24500,
	SUBSCRIBER_SILENCE_MS = 15 * 1000, /* of a WebSocket */
	SUBSCRIBER_LOOK_MS = 5000,         /* between two looks, at most */
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
	SUBSCRIBER_LEFT,   /* it sent a close, or ended its event stream */
	SUBSCRIBER_LOST,   /* reset, silent, or never answered our close */
	SUBSCRIBER_SLOW,   /* it did not read what was sent */
	SUBSCRIBER_BROKEN, /* it broke the protocol, or sent too long a message
			    */
	SUBSCRIBER_CLOSED, /* by this side, and it was sent */
	SUBSCRIBER_ENDS
};

struct subscriber;

/* One for all subscribers of an owner. */
struct subscriber_owner {
	struct event_base *base;
	/* A WebSocket's message; may call subscriber_put and _close. */
	void (*on_message)(struct subscriber *, struct bytes);
	/* Call subscriber_run by then, earlier than it asked for. */
	void (*on_hurry)(struct subscriber *, struct monotime by);
	/* It has ended; called from within any function of it, so it must
	 * not be freed yet. */
	void (*on_end)(struct subscriber *);
	uint64_t messages_out, bytes_out, messages_in; /* totals */
};

struct subscriber_own; /* an own chunk that waits */

struct subscriber {
	/* What a flush touches comes first, in few cache lines: with 10,000
	 * subscribers they are cold at each turn. */
	LIST_ENTRY(subscriber) next; /* the owner's */
	struct http_wire wire;
	struct broadcast_log_cursor cursor;
	struct subscriber_own *own, **own_end;
	struct subscriber_owner *owner;
	struct monotime told;   /* when the last byte was sent */
	struct monotime behind; /* since when bytes wait, or NEVER */
	uint8_t format, end;
	bool is_started;
	bool is_writing; /* waiting for the socket to take more */
	bool is_ending;  /* nothing follows its own chunks */
	bool is_shut;    /* our side of the connection is shut down */
	bool is_ended;
	bool is_probe; /* the owner's */

	LIST_ENTRY(subscriber) wheel; /* the owner's: when it is due */
	void *session;                /* the owner's user's */
	void *newcomer; /* the owner's, until it follows the feed */
	struct event event;
	struct websocket websocket;
	size_t own_offset;     /* bytes sent of the first own chunk */
	uint32_t own_bounded;  /* bytes that count against OWN_MAX */
	struct monotime heard; /* when the last byte came */
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

/* Over a wire, which it takes, leaving none. Does not read yet. */
void subscriber_init(struct subscriber *, struct subscriber_owner *,
    enum subscriber_format, struct http_wire *, struct monotime now);
void subscriber_fini(struct subscriber *); /* without on_end */

/* Start to read: first early, the bytes that came already. */
void subscriber_start(
    struct subscriber *, struct bytes early, struct monotime now);

/* Send what is appended to the feed from now on. */
void subscriber_follow(struct subscriber *, const struct broadcast_log *);

/* Put an own chunk; consumes the reference. Nothing is sent yet. */
void subscriber_put(struct subscriber *, struct chunk *);

/* The same for chunks that others cause: false, without the chunk, if too much
 * waits or it is ending. */
bool subscriber_put_bounded(struct subscriber *, struct chunk *);

/* Send what the socket takes. */
void subscriber_flush(struct subscriber *, struct monotime now);

/* Its feed has more: send it. A subscriber that lags too far behind is ended.
 */
void subscriber_tell(
    struct subscriber *, const struct broadcast_log *, struct monotime now);

/* End it after the chunks that were put: with a close frame of code and reason,
 * or the end of the stream. */
void subscriber_close(struct subscriber *, uint16_t code, const char *reason,
    struct monotime now);

/* End it at once. */
void subscriber_end(struct subscriber *, enum subscriber_end);

/* Ping it, or end it if it is late. Returns when to call this again. */
struct monotime subscriber_run(struct subscriber *, struct monotime now);

#endif
