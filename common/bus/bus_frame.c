#include "common/bus/bus_frame.h"

#include <errno.h>
#include <stdio.h>

#include <msgpack.h>

#include "common/base/fault.h"
#include "proto/field_msgpack.h"
#include "proto/packed.h"

/* clang-format off */
static const struct field error_body_fields[] = {
	FIELD_INT(error_body, code,    "code",    BUS_BAD_REQUEST, BUS_RATE_LIMITED, REQUIRED),
	FIELD_STR(error_body, message, "message", 255, OPTIONAL),
	FIELD_END
};
/* clang-format on */
const struct message error_body_message = MESSAGE(error_body);

static int
append_packed(void *arg, const char *data, size_t len)
{
	struct bytes bytes = { (const uint8_t *)data, len };

	if (buffer_append(arg, bytes) < 0)
		bug("bus: a header does not fit its buffer");
	return 0;
}

static void
pack_start(
    msgpack_packer *packer, struct buffer *to, enum bus_kind kind, uint16_t op)
{
	msgpack_packer_init(packer, to, append_packed);
	msgpack_pack_array(packer, 5);
	msgpack_pack_int(packer, BUS_VERSION);
	msgpack_pack_int(packer, (int)kind);
	msgpack_pack_uint16(packer, op);
}

void
bus_header_encode(const struct bus_header *header, struct buffer *to)
{
	msgpack_packer packer;

	pack_start(&packer, to, header->kind, header->op);
	msgpack_pack_int64(&packer, header->id);
	msgpack_pack_int64(&packer, header->budget_ms);
}

void
bus_event_prefix_encode(uint16_t op, struct buffer *to)
{
	msgpack_packer packer;

	pack_start(&packer, to, BUS_EVENT, op);
}

/* One whole number from 0 to max. */
static int
take_number(struct cursor *cursor, int64_t max, int64_t *ret)
{
	struct packed_item item;

	if (packed_take(cursor, &item) < 0 || item.kind != PACKED_INT ||
	    item.integer < 0 || item.integer > max)
		return -EBADMSG;
	*ret = item.integer;
	return 0;
}

int
bus_header_decode(struct bytes bytes, struct bus_header *ret)
{
	struct cursor cursor = cursor_over(bytes);
	struct packed_item list;
	int64_t version, kind, op, id, budget_ms;

	if (bytes.len > BUS_HEADER_MAX || packed_take(&cursor, &list) < 0 ||
	    list.kind != PACKED_LIST || list.count < 5 ||
	    take_number(&cursor, BUS_VERSION, &version) < 0 ||
	    take_number(&cursor, BUS_EVENT, &kind) < 0 ||
	    take_number(&cursor, UINT16_MAX, &op) < 0 ||
	    take_number(&cursor, INT64_MAX, &id) < 0 ||
	    take_number(&cursor, INT64_MAX, &budget_ms) < 0)
		return -EBADMSG;
	if (version != BUS_VERSION || kind < BUS_REQUEST)
		return -EBADMSG;
	*ret = (struct bus_header){ (enum bus_kind)kind, (uint16_t)op, id,
		budget_ms };
	return 0;
}

int
bus_event_prefix_decode(struct bytes bytes, uint16_t *ret_op)
{
	struct cursor cursor = cursor_over(bytes);
	int64_t version, kind, op;

	if (cursor_u8(&cursor) != 0x95 || /* a list of five, cut off */
	    take_number(&cursor, BUS_VERSION, &version) < 0 ||
	    take_number(&cursor, BUS_EVENT, &kind) < 0 || kind != BUS_EVENT ||
	    take_number(&cursor, UINT16_MAX, &op) < 0 || !cursor_done(&cursor))
		return -EBADMSG;
	*ret_op = (uint16_t)op;
	return 0;
}

void
bus_error_encode(const struct bus_error *error, struct buffer *to)
{
	struct error_body body = { .code = error->code };

	if (error->message[0] != '\0')
		body.message = error->message;
	if (message_encode_msgpack(&error_body_message, &body, to) == 0)
		return;
	body.message = NULL;
	if (message_encode_msgpack(&error_body_message, &body, to) < 0)
		bug("bus: an error with code %d", (int)error->code);
}

void
bus_error_decode(struct bytes bytes, struct bus_error *ret)
{
	struct error_body body;

	*ret =
	    (struct bus_error){ BUS_INTERNAL, "the answer was not understood" };
	if (message_decode_msgpack(&error_body_message, bytes, &body, NULL) < 0)
		return;
	ret->code = (enum bus_code)body.code;
	snprintf(ret->message, sizeof(ret->message), "%s",
	    body.message != NULL ? body.message : "");
	message_fini(&error_body_message, &body);
}
