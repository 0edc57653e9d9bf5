#include "common/libp2p/multiformats/uvarint.h"

#include <errno.h>

#include "common/base/fault.h"

int
uvarint_decode(struct bytes bytes, uint64_t *ret, size_t *ret_len)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < UVARINT_SIZE_MAX; i++) {
		if (i == bytes.len)
			return UVARINT_MORE;
		value |= (uint64_t)(bytes.data[i] & 0x7f) << (7 * i);
		if (bytes.data[i] & 0x80)
			continue;
		if (bytes.data[i] == 0 && i > 0) /* not the shortest form */
			return -EINVAL;
		*ret = value;
		*ret_len = i + 1;
		return 0;
	}
	return -EINVAL;
}

uint64_t
uvarint_take(struct cursor *cursor)
{
	uint64_t value;
	size_t len;

	if (uvarint_decode(cursor_rest(cursor), &value, &len) != 0) {
		cursor->failed = true;
		return 0;
	}
	cursor_take(cursor, len);
	return value;
}

size_t
uvarint_encode(uint64_t value, uint8_t to[UVARINT_SIZE_MAX])
{
	size_t len = 0;

	if (value >> 63)
		bug("uvarint: a number of 64 bits");
	for (; value >= 0x80; value >>= 7)
		to[len++] = (uint8_t)(value | 0x80);
	to[len++] = (uint8_t)value;
	return len;
}

int
uvarint_append(struct buffer *buffer, uint64_t value)
{
	uint8_t encoded[UVARINT_SIZE_MAX];
	size_t len = uvarint_encode(value, encoded);

	return buffer_append(buffer, (struct bytes){ encoded, len });
}

int
uvarint_frame_decode(
    struct bytes bytes, size_t max, struct bytes *ret, size_t *ret_len)
{
	uint64_t len;
	size_t prefix;
	int rc = uvarint_decode(bytes, &len, &prefix);

	if (rc != 0)
		return rc;
	if (len > max)
		return -EMSGSIZE;
	if (len > bytes.len - prefix)
		return UVARINT_MORE;
	*ret = (struct bytes){ bytes.data + prefix, (size_t)len };
	*ret_len = prefix + (size_t)len;
	return 0;
}
