/*
 * Messages from the bus, from gossip and from browsers: the first byte says
 * which message and in which form. What decodes must encode, and decode again
 * to the same value.
 */
#include <stdlib.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "proto/field_json.h"
#include "proto/field_msgpack.h"
#include "tests/unit/support/all_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IS_JSON = 0x80, ROOM = 16 * 1024 * 1024 };

static int
decode(
    bool is_json, const struct message *message, struct bytes bytes, void *ret)
{
	char *why = NULL;
	int rc = is_json ? message_decode_json(message, bytes, ret, &why)
			 : message_decode_msgpack(message, bytes, ret, &why);

	if ((rc < 0) != (why != NULL))
		bug("no reason, or one too many");
	free(why);
	return rc;
}

static void
encode(bool is_json, const struct message *message, const void *record,
    struct buffer *to)
{
	int rc = is_json ? message_encode_json(message, record, to)
			 : message_encode_msgpack(message, record, to);

	if (rc < 0)
		bug("%s does not encode: %d", message->name, rc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = { data + 1, size - 1 };
	const struct message *message;
	struct buffer buffer;
	void *record, *again;
	int form;

	if (size == 0)
		return 0;
	message = all_messages[(data[0] & ~IS_JSON) % ALL_MESSAGES];
	record = xzalloc(message->size);
	again = xzalloc(message->size);
	if (decode(data[0] & IS_JSON, message, rest, record) == 0)
		for (form = 0; form <= 1; form++) {
			buffer_init(&buffer, ROOM);
			encode(form, message, record, &buffer);
			if (decode(form, message, buffer_bytes(&buffer),
				again) < 0 ||
			    !message_equal(message, record, again))
				bug("%s changed on its way", message->name);
			message_fini(message, again);
			buffer_fini(&buffer);
		}
	message_fini(message, record);
	free(record);
	free(again);
	return 0;
}
