/*
 * packed: reads msgpack one item at a time, straight from the bytes that are
 * there. Nothing is allocated and no declared length is believed: a list that
 * claims more items than bytes follow is refused at its first byte. (msgpack's
 * own unpacker would reserve memory for the claim first.)
 *
 *	if (packed_take(&cursor, &item) < 0 || item.kind != PACKED_MAP)
 *		return -EBADMSG;
 */
#ifndef PROTO_PACKED_H
#define PROTO_PACKED_H

#include "common/base/bytes.h"

enum packed_kind {
	PACKED_NIL,
	PACKED_BOOL,
	PACKED_INT,
	PACKED_HUGE,
	PACKED_REAL,
	PACKED_TEXT,
	PACKED_BYTES,
	PACKED_LIST,
	PACKED_MAP,
	PACKED_EXTENSION
};

struct packed_item {
	enum packed_kind kind;
	int64_t integer;    /* INT; BOOL: 0 or 1. HUGE is above INT64_MAX */
	struct bytes bytes; /* TEXT (any bytes), BYTES, EXTENSION; borrowed */
	uint32_t count;     /* LIST: items, MAP: pairs, that follow */
};

/* Take the next item; of a list or map only its head. 0 or -EBADMSG. */
int packed_take(struct cursor *, struct packed_item *ret);

/* Take all that belongs to an item whose head was just taken. -EBADMSG also
 * when lists and maps nest deeper than depth. */
int packed_skip(struct cursor *, const struct packed_item *, int depth);

#endif
