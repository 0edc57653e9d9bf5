/*
 * subscriber: one connection that is told who is online, as an event stream or
 * as a WebSocket. What it is told comes from a feed that it shares with others
 * (feed.h); what concerns it alone (head, snapshot, pongs, hints, close) is a
 * short list of chunks of its own, sent before the feed goes on and never in
 * the middle of a chunk. It holds no other memory while it is idle.
 *
 * It ends by itself when the other side leaves, reads too slowly or breaks the
 * protocol: then the socket is closed at once and on_end called; freeing is
 * the owner's, later, from its own turn.
 */
#ifndef GOOP_RENDEZVOUSD_SUBSCRIBER_H
#define GOOP_RENDEZVOUSD_SUBSCRIBER_H

#include <sys/queue.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "common/base/monotime.h"
#include "common/http/http_wire.h"
#include "common/http/websocket.h"
#include "goop-rendezvousd/feed.h"

enum {
	SUBSCRIBER_STALL_MS = 10 * 1000,      /* a reader that takes no byte */
	SUBSCRIBER_BEHIND_MS = 120 * 1000,    /* one that never catches up */
	SUBSCRIBER_LAG_MAX = 4 * 1024 * 1024, /* unread bytes of its feed */
	SUBSCRIBER_OWN_MAX = 64 * 1024,       /* pongs, hints that wait */
	SUBSCRIBER_SILENCE_MS = 15 * 1000,    /* of a WebSocket */
	SUBSCRIBER_MESSAGE_MAX = 32 * 1024,   /* from a WebSocket */
	SUBSCRIBER_LINGER_MS = 2000,          /* after our last byte */
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
	SUBSCRIBER_LEFT,   /* it said close, offline or ended its stream */
	SUBSCRIBER_LOST,   /* reset, silent, or never answered our close */
	SUBSCRIBER_SLOW,   /* it did not read what it was told */
	SUBSCRIBER_BROKEN, /* not WebSocket, too big a message */
	SUBSCRIBER_CLOSED, /* by us, and it knows */
	SUBSCRIBER_ENDS
};

struct subscriber;

/* One for all subscribers of an owner. */
struct subscriber_owner {
	struct event_base *base;
	const struct feed *feeds; /* by format */
	void (*on_message)(struct subscriber *, struct bytes);
	void (*on_end)(struct subscriber *);
	void *arg;
	uint64_t messages_out, bytes_out, messages_in; /* totals */
};

struct subscriber_own; /* a chunk of its own that waits */

struct subscriber {
	LIST_ENTRY(subscriber) next;  /* owner's: of its format, or ended */
	LIST_ENTRY(subscriber) wheel; /* owner's: who is looked at when */
	struct subscriber_owner *owner;
	void *session; /* owner's user's */
	uint64_t since_version;
	struct event event;
	struct http_wire wire;
	struct websocket websocket;
	struct feed_cursor cursor;
	struct subscriber_own *own, **own_end;
	uint32_t own_offset, own_control; /* sent of own; bytes of pongs... */
	struct monotime heard, told, pinged;
	struct monotime behind; /* since when something waits, or NEVER */
	struct monotime moved;  /* when the last byte of it was taken */
	uint8_t format, end;
	bool is_writing; /* waits until the socket takes more */
	bool is_ending;  /* after its own chunks nothing follows */
	bool is_shut;    /* our side of the connection is ended */
	bool is_ended;
	bool is_flooded; /* more own chunks than it may have */
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

#endif
