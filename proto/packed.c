#include "proto/packed.h"

#include <errno.h>

static uint64_t
take_uint(struct cursor *cursor, size_t size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | cursor_u8(cursor);
	return value;
}

static struct packed_item
item_uint(uint64_t value)
{
	if (value > INT64_MAX)
		return (struct packed_item){ .kind = PACKED_HUGE };
	return (struct packed_item){ .kind = PACKED_INT,
		.integer = (int64_t)value };
}

/* size bytes of a two's complement number */
static struct packed_item
item_int(struct cursor *cursor, size_t size)
{
	unsigned int unused = (unsigned int)(64 - 8 * size);
	int64_t value = (int64_t)(take_uint(cursor, size) << unused);

	return (struct packed_item){ .kind = PACKED_INT,
		.integer = value >> unused };
}

static struct packed_item
item_bytes(struct cursor *cursor, enum packed_kind kind, uint64_t len)
{
	return (struct packed_item){ .kind = kind,
		.bytes = cursor_take(cursor, (size_t)len) };
}

/* Every item takes a byte at least, a pair two. */
static struct packed_item
item_group(struct cursor *cursor, enum packed_kind kind, uint64_t count)
{
	size_t each = kind == PACKED_MAP ? 2 : 1;

	if (count > cursor_rest(cursor).len / each)
		cursor->failed = true;
	return (struct packed_item){ .kind = kind, .count = (uint32_t)count };
}

/* The forms from 0xc0 to 0xdf (msgpack specification, "Formats"). */
static struct packed_item
item_marked(struct cursor *cursor, uint8_t mark)
{
	/* For the size of a length or number: 1, 2, 4 or 8 bytes. */
	size_t log2 = mark >= 0xd9 ? mark - 0xd9u : mark & 3u;

	switch (mark) {
	case 0xc0:
		return (struct packed_item){ .kind = PACKED_NIL };
	case 0xc2:
	case 0xc3:
		return (struct packed_item){ .kind = PACKED_BOOL,
			.integer = mark & 1 };
	case 0xc4 ... 0xc6:
		return item_bytes(
		    cursor, PACKED_BYTES, take_uint(cursor, 1u << log2));
	case 0xc7 ... 0xc9: /* a type byte belongs to the payload */
		log2 = mark - 0xc7u;
		return item_bytes(cursor, PACKED_EXTENSION,
		    take_uint(cursor, 1u << log2) + 1);
	case 0xca:
	case 0xcb:
		return item_bytes(cursor, PACKED_REAL, mark == 0xca ? 4 : 8);
	case 0xcc ... 0xcf:
		return item_uint(take_uint(cursor, 1u << log2));
	case 0xd0 ... 0xd3:
		return item_int(cursor, 1u << log2);
	case 0xd4 ... 0xd8:
		return item_bytes(
		    cursor, PACKED_EXTENSION, (1u << (mark - 0xd4u)) + 1);
	case 0xd9 ... 0xdb:
		return item_bytes(
		    cursor, PACKED_TEXT, take_uint(cursor, 1u << log2));
	case 0xdc:
	case 0xdd:
		return item_group(
		    cursor, PACKED_LIST, take_uint(cursor, mark & 1 ? 4 : 2));
	case 0xde:
	case 0xdf:
		return item_group(
		    cursor, PACKED_MAP, take_uint(cursor, mark & 1 ? 4 : 2));
	default: /* 0xc1: never used */
		cursor->failed = true;
		return (struct packed_item){ .kind = PACKED_NIL };
	}
}

int
packed_take(struct cursor *cursor, struct packed_item *ret)
{
	uint8_t mark = cursor_u8(cursor);
	struct packed_item item;

	if (cursor->failed)
		return -EBADMSG;
	if (mark < 0x80)
		item = item_uint(mark);
	else if (mark < 0x90)
		item = item_group(cursor, PACKED_MAP, mark & 0x0f);
	else if (mark < 0xa0)
		item = item_group(cursor, PACKED_LIST, mark & 0x0f);
	else if (mark < 0xc0)
		item = item_bytes(cursor, PACKED_TEXT, mark & 0x1f);
	else if (mark < 0xe0)
		item = item_marked(cursor, mark);
	else
		item = (struct packed_item){ .kind = PACKED_INT,
			.integer = (int8_t)mark };
	if (cursor->failed)
		return -EBADMSG;
	*ret = item;
	return 0;
}

int
packed_skip(struct cursor *cursor, const struct packed_item *item, int depth)
{
	struct packed_item inner;
	uint64_t left = item->count;

	if (item->kind != PACKED_LIST && item->kind != PACKED_MAP)
		return 0;
	if (depth <= 0)
		return -EBADMSG;
	if (item->kind == PACKED_MAP)
		left *= 2;
	for (; left > 0; left--)
		if (packed_take(cursor, &inner) < 0 ||
		    packed_skip(cursor, &inner, depth - 1) < 0)
			return -EBADMSG;
	return 0;
}
