/* What a subscriber is told, on its way into the socket. */
#include <errno.h>
#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/hub/subscriber_internal.h"

enum {
	PIECES = 16,        /* of one write */
	WRITES_AT_ONCE = 4, /* then the others' turn */
};

COUNTER(subscribers_flooding,
    "things not told to a subscriber because too many waited");

struct subscriber_own {
	struct subscriber_own *next;
	struct chunk *chunk;
	bool is_bounded;
};

void
subscriber_drop_own(struct subscriber *subscriber)
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
 * What comes next. Its own chunks go first, but not into the middle of one of
 * the feed; at the end the feed goes no further than that.
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
		subscriber_drop_own(subscriber);
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

/* 0: nothing is left to send; -EAGAIN: the socket takes no more for now. */
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
	/* A part means that the next write would block. */
	return (size_t)n < total ? -EAGAIN : 1;
}

/* Our last word is with the kernel. */
static void
said_all(struct subscriber *subscriber)
{
	bool is_websocket = subscriber_is_websocket(subscriber);

	subscriber->behind = MONOTIME_NEVER;
	subscriber_wait_writable(subscriber, false);
	if (!subscriber->is_ending || subscriber->is_ended)
		return;
	if (is_websocket && subscriber->websocket.state == WEBSOCKET_CLOSING)
		return; /* the answer to our close comes, or end_by */
	if (is_websocket && subscriber->end != SUBSCRIBER_BROKEN) {
		subscriber_end(subscriber, subscriber->end);
	} else if (!subscriber->is_shut) {
		/* Closing with unread input would reset the connection and
		 * take our last word away from the other side. */
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
		/* The stall counts from here, not from when it was idle. */
		subscriber->told = now;
	}
	subscriber_wait_writable(subscriber, true);
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
