#include "goop-rendezvousd/hub/subscriber.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/buffer.h"
#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"

enum {
	READS_AT_ONCE = 4,
	PIECES = 16,        /* of one write */
	WRITES_AT_ONCE = 4, /* then other events */
};

COUNTER(subscribers_slow, "subscribers dropped for reading slowly");
COUNTER(subscribers_broken, "subscribers dropped for breaking the protocol");
COUNTER(subscribers_flooding,
    "messages not sent to a subscriber because too many waited");

struct subscriber_own {
	struct subscriber_own *next;
	struct chunk *chunk;
	bool is_bounded;
};

static void
drop_own(struct subscriber *subscriber)
{
	struct subscriber_own *own = subscriber->own;

	subscriber->own = own->next;
	if (own->next == NULL)
		subscriber->own_end = &subscriber->own;
	if (own->is_bounded)
		subscriber->own_bounded -= (uint32_t)own->chunk->len;
	subscriber->own_offset = 0;
	chunk_unref(own->chunk);
	free(own);
}

/* --- life */

void
subscriber_init(struct subscriber *subscriber, struct subscriber_owner *owner,
    enum subscriber_format format, struct http_wire *wire, struct monotime now)
{
	*subscriber = (struct subscriber){
		.owner = owner,
		.wire = *wire,
		.format = (uint8_t)format,
		.heard = now,
		.told = now,
		.pinged = now,
		.behind = MONOTIME_NEVER,
		.end_by = MONOTIME_NEVER,
	};
	*wire = (struct http_wire){ .fd = -1 };
	subscriber->own_end = &subscriber->own;
	websocket_init(
	    &subscriber->websocket, WEBSOCKET_SERVER, SUBSCRIBER_MESSAGE_MAX);
}

static void
forget_events(struct subscriber *subscriber)
{
	if (event_initialized(&subscriber->event))
		event_del(&subscriber->event);
}

/* Everything but the WebSocket, which may be calling this function. */
static void
let_go(struct subscriber *subscriber)
{
	forget_events(subscriber);
	http_wire_close(&subscriber->wire);
	while (subscriber->own != NULL)
		drop_own(subscriber);
	broadcast_log_cursor_fini(&subscriber->cursor);
}

void
subscriber_fini(struct subscriber *subscriber)
{
	let_go(subscriber);
	websocket_fini(&subscriber->websocket);
}

static void
count_end(enum subscriber_end end)
{
	if (end == SUBSCRIBER_SLOW)
		counter_add(&subscribers_slow, 1);
	else if (end == SUBSCRIBER_BROKEN)
		counter_add(&subscribers_broken, 1);
	else
		return;
	log_stranger("subscriber dropped reason=%s",
	    end == SUBSCRIBER_SLOW ? "slow" : "broken");
}

void
subscriber_end(struct subscriber *subscriber, enum subscriber_end end)
{
	if (subscriber->is_ended)
		return;
	subscriber->is_ended = true;
	subscriber->end = (uint8_t)end;
	count_end(end);
	let_go(subscriber);
	subscriber->owner->on_end(subscriber);
}

/* --- events */

static void on_event(evutil_socket_t, short, void *);

static void
watch(struct subscriber *subscriber)
{
	short what =
	    (short)((subscriber->is_started ? EV_READ | EV_PERSIST : 0) |
		    (subscriber->is_writing ? EV_WRITE | EV_PERSIST : 0));

	forget_events(subscriber);
	if (what == 0)
		return;
	event_assign(&subscriber->event, subscriber->owner->base,
	    subscriber->wire.fd, what, on_event, subscriber);
	if (event_add(&subscriber->event, NULL) != 0)
		subscriber_end(subscriber, SUBSCRIBER_LOST);
}

static void
wait_writable(struct subscriber *subscriber, bool waits)
{
	if (subscriber->is_writing == waits)
		return;
	subscriber->is_writing = waits;
	watch(subscriber);
}

/* --- out */

static void
put(struct subscriber *subscriber, struct chunk *chunk, bool is_bounded)
{
	struct subscriber_own *own = xzalloc(sizeof(*own));

	own->chunk = chunk;
	own->is_bounded = is_bounded;
	*subscriber->own_end = own;
	subscriber->own_end = &own->next;
	if (is_bounded)
		subscriber->own_bounded += (uint32_t)chunk->len;
}

void
subscriber_put(struct subscriber *subscriber, struct chunk *chunk)
{
	if (subscriber->is_ended || chunk->len == 0)
		chunk_unref(chunk);
	else
		put(subscriber, chunk, false);
}

bool
subscriber_put_bounded(struct subscriber *subscriber, struct chunk *chunk)
{
	if (subscriber->is_ended || subscriber->is_ending ||
	    subscriber->own_bounded + chunk->len > SUBSCRIBER_OWN_MAX) {
		counter_add(&subscribers_flooding, 1);
		chunk_unref(chunk);
		return false;
	}
	put(subscriber, chunk, true);
	return true;
}

void
subscriber_follow(
    struct subscriber *subscriber, const struct broadcast_log *feed)
{
	if (!subscriber->is_ended && !subscriber->is_ending)
		broadcast_log_cursor_init(&subscriber->cursor, feed);
}

static int
own_iov(const struct subscriber *subscriber, struct iovec *pieces, int max)
{
	struct subscriber_own *own;
	size_t offset = subscriber->own_offset;
	int count = 0;

	for (own = subscriber->own; own != NULL && count < max;
	     own = own->next) {
		pieces[count++] = (struct iovec){ own->chunk->data + offset,
			own->chunk->len - offset };
		offset = 0;
	}
	return count;
}

/*
 * What to send next. Own chunks go first, but not within a chunk of the feed;
 * when the subscriber is ending, the feed stops at the end of a chunk.
 */
static int
next_pieces(struct subscriber *subscriber, struct iovec pieces[PIECES],
    bool *ret_are_own)
{
	bool is_between = broadcast_log_cursor_is_between(&subscriber->cursor);

	*ret_are_own = is_between && subscriber->own != NULL;
	if (*ret_are_own)
		return own_iov(subscriber, pieces, PIECES);
	if (is_between && subscriber->is_ending)
		return 0;
	return broadcast_log_cursor_iov(&subscriber->cursor, pieces,
	    subscriber->own != NULL || subscriber->is_ending ? 1 : PIECES);
}

static void
took_own(struct subscriber *subscriber, size_t bytes)
{
	size_t left;

	while (bytes > 0) {
		left = subscriber->own->chunk->len - subscriber->own_offset;
		if (bytes < left) {
			subscriber->own_offset += bytes;
			return;
		}
		bytes -= left;
		subscriber->owner->messages_out +=
		    subscriber->own->chunk->messages;
		drop_own(subscriber);
	}
}

static void
took(struct subscriber *subscriber, size_t bytes, bool are_own,
    struct monotime now)
{
	struct subscriber_owner *owner = subscriber->owner;

	owner->bytes_out += bytes;
	subscriber->told = now;
	if (are_own)
		took_own(subscriber, bytes);
	else
		owner->messages_out +=
		    broadcast_log_cursor_advance(&subscriber->cursor, bytes);
}

/* 1: go on; 0: nothing is left; -EAGAIN: the socket takes no more; or an error.
 */
static int
write_once(struct subscriber *subscriber, struct monotime now)
{
	struct iovec pieces[PIECES];
	size_t total = 0;
	bool are_own;
	int i, count = next_pieces(subscriber, pieces, &are_own);
	ssize_t n;

	if (count == 0 && !http_wire_is_unsent(&subscriber->wire))
		return 0;
	n = http_wire_writev(&subscriber->wire, pieces, count);
	if (n < 0 || count == 0)
		return (int)n;
	for (i = 0; i < count; i++)
		total += pieces[i].iov_len;
	if (n > 0)
		took(subscriber, (size_t)n, are_own, now);
	/* After a partial write the next one would block. */
	return (size_t)n < total ? -EAGAIN : 1;
}

/* The kernel has taken everything. */
static void
said_all(struct subscriber *subscriber)
{
	bool is_websocket = subscriber_is_websocket(subscriber);

	subscriber->behind = MONOTIME_NEVER;
	wait_writable(subscriber, false);
	if (!subscriber->is_ending || subscriber->is_ended)
		return;
	if (is_websocket && subscriber->websocket.state == WEBSOCKET_CLOSING)
		return; /* until the answer to our close, or end_by */
	if (is_websocket && subscriber->end != SUBSCRIBER_BROKEN) {
		subscriber_end(subscriber, subscriber->end);
	} else if (!subscriber->is_shut) {
		/* Closing with unread input would reset the connection, and the
		 * client might not get the last bytes. */
		subscriber->is_shut = true;
		http_wire_shutdown(&subscriber->wire);
	}
}

void
subscriber_flush(struct subscriber *subscriber, struct monotime now)
{
	int i, rc = 1;

	if (subscriber->is_ended || subscriber->is_shut)
		return;
	for (i = 0; i < WRITES_AT_ONCE && rc > 0; i++)
		rc = write_once(subscriber, now);
	if (rc < 0 && rc != -EAGAIN) {
		subscriber_end(subscriber, SUBSCRIBER_LOST);
		return;
	}
	if (rc == 0) {
		said_all(subscriber);
		return;
	}
	if (subscriber->behind.us == MONOTIME_NEVER.us) {
		subscriber->behind = now;
		/* A stall is counted from here, not from when it was idle. */
		subscriber->told = now;
	}
	wait_writable(subscriber, true);
}

void
subscriber_tell(struct subscriber *subscriber, const struct broadcast_log *feed,
    struct monotime now)
{
	if (broadcast_log_cursor_lag(&subscriber->cursor, feed) >
	    SUBSCRIBER_LAG_MAX)
		subscriber_end(subscriber, SUBSCRIBER_SLOW);
	else if (!subscriber->is_writing)
		subscriber_flush(subscriber, now);
}

/* --- ending */

static void
begin_end(
    struct subscriber *subscriber, enum subscriber_end end, struct monotime now)
{
	if (!subscriber->is_ending)
		subscriber->end_by = monotime_add_ms(now, SUBSCRIBER_END_MS);
	subscriber->is_ending = true;
	subscriber->end = (uint8_t)end;
	subscriber->owner->on_hurry(subscriber, subscriber->end_by);
}

void
subscriber_close(struct subscriber *subscriber, uint16_t code,
    const char *reason, struct monotime now)
{
	struct buffer out;

	if (subscriber->is_ended || subscriber->is_ending)
		return;
	if (subscriber_is_websocket(subscriber)) {
		buffer_init(&out, WEBSOCKET_REPLY_MAX);
		if (websocket_close(
			&subscriber->websocket, code, reason, now, &out) < 0)
			bug("subscriber: no room for a close");
		subscriber_put(subscriber, chunk_new(buffer_bytes(&out), 0));
		buffer_fini(&out);
	}
	begin_end(subscriber, SUBSCRIBER_CLOSED, now);
	subscriber_flush(subscriber, now);
}

/* --- in */

static void
on_frame(const struct websocket_event *event, void *arg)
{
	struct subscriber *subscriber = arg;

	if (subscriber->is_ended || subscriber->is_ending)
		return;
	if (event->opcode != WEBSOCKET_TEXT &&
	    event->opcode != WEBSOCKET_BINARY)
		return;
	subscriber->owner->messages_in++;
	subscriber->owner->on_message(subscriber, event->payload);
}

/* Frames came: handle them, and put and send the answers. */
static void
hear_frames(
    struct subscriber *subscriber, struct bytes bytes, struct monotime now)
{
	struct websocket *websocket = &subscriber->websocket;
	bool was_closing = websocket->state == WEBSOCKET_CLOSING;
	struct chunk *chunk;
	struct buffer out;
	int rc;

	buffer_init(&out, WEBSOCKET_REPLY_MAX);
	rc = websocket_receive(websocket, bytes, on_frame, subscriber, &out);
	chunk = chunk_new(buffer_bytes(&out), 0);
	buffer_fini(&out);
	if (websocket->state == WEBSOCKET_CLOSED) {
		subscriber_put(subscriber, chunk);
		if (!subscriber->is_ended)
			begin_end(subscriber,
			    rc < 0        ? SUBSCRIBER_BROKEN
			    : was_closing ? SUBSCRIBER_CLOSED
					  : SUBSCRIBER_LEFT,
			    now);
	} else if (chunk->len == 0) {
		chunk_unref(chunk);
		return;
	} else {
		/* A client that reads no pongs gets no more of them. */
		(void)subscriber_put_bounded(subscriber, chunk);
	}
	if (!subscriber->is_writing)
		subscriber_flush(subscriber, now);
}

/* Bytes came. The client of an event stream must not send any. */
static void
hear(struct subscriber *subscriber, struct bytes bytes, struct monotime now)
{
	subscriber->heard = now;
	if (subscriber->is_shut)
		return;
	if (subscriber_is_websocket(subscriber))
		hear_frames(subscriber, bytes, now);
	else
		subscriber_end(subscriber, SUBSCRIBER_BROKEN);
}

/* The client ended the connection. */
static enum subscriber_end
end_of_input(const struct subscriber *subscriber)
{
	if (subscriber->is_ending &&
	    !(subscriber_is_websocket(subscriber) &&
		subscriber->websocket.state == WEBSOCKET_CLOSING))
		return subscriber->end;
	return subscriber_is_websocket(subscriber) ? SUBSCRIBER_LOST
						   : SUBSCRIBER_LEFT;
}

/* False if nothing more is there, or the subscriber ended. */
static bool
read_once(struct subscriber *subscriber, struct monotime now)
{
	uint8_t input[HTTP_WIRE_READ];
	ssize_t n = http_wire_read(&subscriber->wire, input, sizeof(input));

	if (n == -EAGAIN)
		return false;
	if (n == 0)
		subscriber_end(subscriber, end_of_input(subscriber));
	else if (n < 0)
		subscriber_end(subscriber,
		    subscriber->is_shut ? subscriber->end : SUBSCRIBER_LOST);
	else
		hear(subscriber, (struct bytes){ input, (size_t)n }, now);
	return !subscriber->is_ended;
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct subscriber *subscriber = arg;
	struct monotime now = monotime_now();
	int i;

	(void)fd;
	if ((what & EV_WRITE) != 0)
		subscriber_flush(subscriber, now);
	if ((what & EV_READ) == 0 || subscriber->is_ended)
		return;
	/* There is another event if the socket has more; TLS holds nothing
	 * back, as no record is larger than HTTP_WIRE_READ. */
	for (i = 0; i < READS_AT_ONCE; i++) {
		if (!read_once(subscriber, now))
			return;
	}
}

void
subscriber_start(
    struct subscriber *subscriber, struct bytes early, struct monotime now)
{
	if (subscriber->is_ended || subscriber->is_started)
		return;
	subscriber->is_started = true;
	watch(subscriber);
	if (!subscriber->is_ended && early.len > 0)
		hear(subscriber, early, now);
	/* A TLS session may hold more already. */
	if (!subscriber->is_ended)
		event_active(&subscriber->event, EV_READ, 0);
}

/* --- time */

static int64_t
ping_period_ms(const struct subscriber *subscriber)
{
	if (subscriber_is_websocket(subscriber))
		return SUBSCRIBER_PING_MS;
	return subscriber_is_delta(subscriber) ? SUBSCRIBER_COMMENT_DELTA_MS
					       : SUBSCRIBER_COMMENT_CLASSIC_MS;
}

/* A ping asks for an answer, so it is due even while messages are sent. */
static struct monotime
ping_due(const struct subscriber *subscriber)
{
	struct monotime last = subscriber->told;

	if (subscriber_is_websocket(subscriber)) {
		last = monotime_min(last, subscriber->heard);
		if (subscriber->pinged.us > last.us)
			last = subscriber->pinged;
	}
	return monotime_add_ms(last, ping_period_ms(subscriber));
}

static void
ping(struct subscriber *subscriber, struct monotime now)
{
	static struct chunk *pings[2];
	bool is_websocket = subscriber_is_websocket(subscriber);
	struct chunk **chunk = &pings[is_websocket];

	subscriber->pinged = now;
	if (subscriber->is_writing) /* bytes are waiting already */
		return;
	if (*chunk == NULL)
		*chunk = chunk_new(
		    is_websocket ? (struct bytes){ (const uint8_t *)"\x89", 2 }
				 : bytes_of(": ping\n\n"),
		    0);
	subscriber_put(subscriber, chunk_ref(*chunk));
	subscriber_flush(subscriber, now);
}

static bool
is_slow(const struct subscriber *subscriber, struct monotime now)
{
	if (subscriber->behind.us == MONOTIME_NEVER.us)
		return false;
	return monotime_since_ms(now, subscriber->told) >=
		   SUBSCRIBER_STALL_MS ||
	       monotime_since_ms(now, subscriber->behind) >=
		   SUBSCRIBER_BEHIND_MS;
}

struct monotime
subscriber_run(struct subscriber *subscriber, struct monotime now)
{
	bool is_websocket = subscriber_is_websocket(subscriber);

	if (subscriber->is_ended)
		return MONOTIME_NEVER;
	if (subscriber->is_ending) {
		if (!monotime_reached(now, subscriber->end_by))
			return subscriber->end_by;
		subscriber_end(
		    subscriber, subscriber->websocket.state == WEBSOCKET_CLOSING
				    ? SUBSCRIBER_LOST
				    : subscriber->end);
		return MONOTIME_NEVER;
	}
	if (is_slow(subscriber, now)) {
		subscriber_end(subscriber, SUBSCRIBER_SLOW);
		return MONOTIME_NEVER;
	}
	if (is_websocket && monotime_since_ms(now, subscriber->heard) >=
				SUBSCRIBER_SILENCE_MS) {
		subscriber_end(subscriber, SUBSCRIBER_LOST);
		return MONOTIME_NEVER;
	}
	if (monotime_reached(now, ping_due(subscriber)))
		ping(subscriber, now);
	return monotime_min(
	    ping_due(subscriber), monotime_add_ms(now, SUBSCRIBER_LOOK_MS));
}
