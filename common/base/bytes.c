#include "common/base/bytes.h"

#include <string.h>

struct bytes
bytes_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.data, b.data, a.len));
}

bool
bytes_skip(struct bytes *bytes, const char *prefix)
{
	size_t len = strlen(prefix);

	if (bytes->len < len || memcmp(bytes->data, prefix, len) != 0)
		return false;
	bytes->data += len;
	bytes->len -= len;
	return true;
}

bool
bytes_equal_secret(struct bytes a, struct bytes b)
{
	volatile uint8_t difference = 0;
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		difference |= a.data[i] ^ b.data[i];
	return difference == 0;
}

struct cursor
cursor_over(struct bytes bytes)
{
	static const uint8_t nothing;
	const uint8_t *data = bytes.data != NULL ? bytes.data : &nothing;

	return (struct cursor){ data, data + bytes.len, false };
}

struct bytes
cursor_take(struct cursor *cursor, size_t len)
{
	struct bytes taken = { cursor->at, len };

	if (cursor->failed || len > (size_t)(cursor->end - cursor->at)) {
		cursor->failed = true;
		return (struct bytes){ NULL, 0 };
	}
	cursor->at += len;
	return taken;
}

uint8_t
cursor_u8(struct cursor *cursor)
{
	struct bytes one = cursor_take(cursor, 1);

	return one.len == 1 ? one.data[0] : 0;
}

uint16_t
cursor_be16(struct cursor *cursor)
{
	struct bytes two = cursor_take(cursor, 2);

	if (two.len != 2)
		return 0;
	return (uint16_t)(two.data[0] << 8 | two.data[1]);
}

uint32_t
cursor_be32(struct cursor *cursor)
{
	uint32_t high = cursor_be16(cursor);
	uint32_t low = cursor_be16(cursor);

	return cursor->failed ? 0 : high << 16 | low;
}

struct bytes
cursor_rest(const struct cursor *cursor)
{
	if (cursor->failed)
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ cursor->at, (size_t)(cursor->end - cursor->at) };
}

bool
cursor_done(const struct cursor *cursor)
{
	return !cursor->failed && cursor->at == cursor->end;
}

void
store_be16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

void
store_be32(uint8_t *to, uint32_t value)
{
	store_be16(to, (uint16_t)(value >> 16));
	store_be16(to + 2, (uint16_t)value);
}

void
store_be64(uint8_t *to, uint64_t value)
{
	store_be32(to, (uint32_t)(value >> 32));
	store_be32(to + 4, (uint32_t)value);
}
