#include "common/libp2p/keys/key_message.h"

#include <errno.h>

#include "common/libp2p/multiformats/uvarint.h"

enum {
	TAG_TYPE = 1 << 3 | 0, /* varint */
	TAG_DATA = 2 << 3 | 2, /* bytes */
};

int
key_message_decode(struct bytes bytes, struct key_message *ret)
{
	struct cursor cursor = cursor_over(bytes);
	struct key_message message = { 0 };
	bool has_type = false, has_data = false;
	uint64_t tag, len;

	while (cursor_rest(&cursor).len > 0) {
		tag = uvarint_take(&cursor);
		if (tag == TAG_TYPE && !has_type) {
			message.type = uvarint_take(&cursor);
			has_type = true;
		} else if (tag == TAG_DATA && !has_data) {
			len = uvarint_take(&cursor);
			message.data = cursor_take(&cursor, len);
			has_data = true;
		} else {
			return -EINVAL;
		}
	}
	if (!cursor_done(&cursor) || !has_type || !has_data)
		return -EINVAL;
	*ret = message;
	return 0;
}
