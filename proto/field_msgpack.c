#include "proto/field_msgpack.h"

#include <errno.h>
#include <string.h>

#include <msgpack.h>

#include "proto/field_member.h"
#include "proto/packed.h"

struct unpacking {
	struct cursor cursor;
	struct field_refusal refusal;
};

static int unpack_message(struct unpacking *, const struct message *,
    uint32_t pairs, int depth, void *ret);

static int
refuse_bytes(struct unpacking *unpacking, const struct message *message)
{
	return field_refuse(&unpacking->refusal, message, NULL,
	    "truncated, nested too deep or not msgpack");
}

static int
unpack_texts(struct unpacking *unpacking, const struct field_target *target,
    uint32_t count)
{
	struct packed_item item;

	for (; count > 0; count--) {
		if (packed_take(&unpacking->cursor, &item) < 0)
			return refuse_bytes(unpacking, target->message);
		if (item.kind != PACKED_TEXT)
			return field_wrong_type(target);
		if (field_store_item(target, item.bytes) < 0)
			return -EBADMSG;
	}
	return 0;
}

static int
unpack_records(struct unpacking *unpacking, const struct field_target *target,
    uint32_t count, int depth)
{
	struct records *records = field_records(target->field, target->record);
	struct packed_item item;
	uint32_t i;

	if (field_store_records(target, count) < 0)
		return -EBADMSG;
	for (i = 0; i < count; i++) {
		if (packed_take(&unpacking->cursor, &item) < 0)
			return refuse_bytes(unpacking, target->message);
		if (item.kind != PACKED_MAP)
			return field_wrong_type(target);
		if (unpack_message(unpacking, target->field->of, item.count,
			depth - 1, field_record(target->field, records, i)) < 0)
			return -EBADMSG;
	}
	return 0;
}

/* depth: how deep lists and maps may still nest within this one. */
static int
unpack_list(struct unpacking *unpacking, const struct field_target *target,
    uint32_t count, int depth)
{
	if (depth <= 0)
		return refuse_bytes(unpacking, target->message);
	if (target->field->kind == FIELD_KIND_STRS)
		return unpack_texts(unpacking, target, count);
	return unpack_records(unpacking, target, count, depth - 1);
}

static int
unpack_value(struct unpacking *unpacking, const struct field_target *target,
    const struct packed_item *item, int depth)
{
	static const enum packed_kind wanted[] = {
		[FIELD_KIND_STR] = PACKED_TEXT,
		[FIELD_KIND_BYTES] = PACKED_BYTES,
		[FIELD_KIND_INT] = PACKED_INT,
		[FIELD_KIND_BOOL] = PACKED_BOOL,
		[FIELD_KIND_STRS] = PACKED_LIST,
		[FIELD_KIND_LIST] = PACKED_LIST,
	};

	if (target->field->kind == FIELD_KIND_INT && item->kind == PACKED_HUGE)
		return field_out_of_range(target);
	if (item->kind != wanted[target->field->kind])
		return field_wrong_type(target);
	switch (target->field->kind) {
	case FIELD_KIND_STR:
		return field_store_text(target, item->bytes);
	case FIELD_KIND_BYTES:
		return field_store_octets(target, item->bytes);
	case FIELD_KIND_INT:
		return field_store_int(target, item->integer);
	case FIELD_KIND_BOOL:
		*field_bool(target->field, target->record) = item->integer != 0;
		return 0;
	case FIELD_KIND_STRS:
	case FIELD_KIND_LIST:
		return unpack_list(unpacking, target, item->count, depth);
	case FIELD_KIND_END:
		break;
	}
	return 0;
}

static const struct field *
find_field(const struct message *message, struct bytes key)
{
	const struct field *field = message->fields;

	for (; field->kind != FIELD_KIND_END; field++)
		if (bytes_equal(bytes_of(field->key), key))
			return field;
	return NULL;
}

static int
unpack_pair(struct unpacking *unpacking, const struct message *message,
    int depth, void *ret, uint64_t *seen)
{
	struct field_target target = { message, NULL, ret,
		&unpacking->refusal };
	struct packed_item key, value;
	uint64_t bit;

	if (packed_take(&unpacking->cursor, &key) < 0 ||
	    packed_skip(&unpacking->cursor, &key, 0) < 0 ||
	    packed_take(&unpacking->cursor, &value) < 0)
		return refuse_bytes(unpacking, message);
	if (key.kind == PACKED_TEXT)
		target.field = find_field(message, key.bytes);
	if (target.field == NULL) {
		if (packed_skip(&unpacking->cursor, &value, depth) < 0)
			return refuse_bytes(unpacking, message);
		return 0;
	}
	bit = 1ull << (target.field - message->fields);
	if (value.kind == PACKED_NIL)
		return 0;
	if (*seen & bit)
		return field_refuse(
		    target.refusal, message, target.field->key, "twice");
	*seen |= bit;
	return unpack_value(unpacking, &target, &value, depth);
}

static int
unpack_message(struct unpacking *unpacking, const struct message *message,
    uint32_t pairs, int depth, void *ret)
{
	uint64_t seen = 0;

	if (depth < 0)
		return refuse_bytes(unpacking, message);
	for (; pairs > 0; pairs--)
		if (unpack_pair(unpacking, message, depth, ret, &seen) < 0)
			return -EBADMSG;
	return field_check_required(message, seen, &unpacking->refusal);
}

static int
unpack_whole(
    struct unpacking *unpacking, const struct message *message, void *ret)
{
	struct packed_item item;

	if (packed_take(&unpacking->cursor, &item) < 0)
		return refuse_bytes(unpacking, message);
	if (item.kind != PACKED_MAP)
		return field_refuse(
		    &unpacking->refusal, message, NULL, "not a map");
	if (unpack_message(
		unpacking, message, item.count, FIELD_DEPTH_MAX - 1, ret) < 0)
		return -EBADMSG;
	if (!cursor_done(&unpacking->cursor))
		return field_refuse(
		    &unpacking->refusal, message, NULL, "bytes after the end");
	return 0;
}

int
message_decode_msgpack(
    const struct message *message, struct bytes bytes, void *ret, char **why)
{
	struct unpacking unpacking = { .cursor = cursor_over(bytes) };

	memset(ret, 0, message->size);
	if (unpack_whole(&unpacking, message, ret) == 0)
		return 0;
	message_fini(message, ret);
	return field_tell(&unpacking.refusal, why);
}

static void pack_message(
    msgpack_packer *, const struct message *, const void *record);

static void
pack_text(msgpack_packer *packer, const char *text)
{
	size_t len = strlen(text);

	msgpack_pack_str(packer, len);
	msgpack_pack_str_body(packer, text, len);
}

static void
pack_value(
    msgpack_packer *packer, const struct field *field, const void *record)
{
	const struct strings *strings = field_strings(field, record);
	const struct records *records = field_records(field, record);
	const struct octets *octets = field_octets(field, record);
	size_t i;

	switch (field->kind) {
	case FIELD_KIND_STR:
		pack_text(packer, *field_text(field, record));
		break;
	case FIELD_KIND_BYTES:
		msgpack_pack_bin(packer, octets->len);
		msgpack_pack_bin_body(packer, octets->data, octets->len);
		break;
	case FIELD_KIND_INT:
		msgpack_pack_int64(packer, *field_int(field, record));
		break;
	case FIELD_KIND_BOOL:
		if (*field_bool(field, record))
			msgpack_pack_true(packer);
		else
			msgpack_pack_false(packer);
		break;
	case FIELD_KIND_STRS:
		msgpack_pack_array(packer, strings->count);
		for (i = 0; i < strings->count; i++)
			pack_text(packer, strings->items[i]);
		break;
	case FIELD_KIND_LIST:
		msgpack_pack_array(packer, records->count);
		for (i = 0; i < records->count; i++)
			pack_message(
			    packer, field->of, field_record(field, records, i));
		break;
	case FIELD_KIND_END:
		break;
	}
}

static bool
is_packed(const struct field *field, const void *record)
{
	return field->need == REQUIRED || !field_is_absent(field, record);
}

static void
pack_message(
    msgpack_packer *packer, const struct message *message, const void *record)
{
	const struct field *field;
	size_t count = 0;

	for (field = message->fields; field->kind != FIELD_KIND_END; field++)
		count += is_packed(field, record);
	msgpack_pack_map(packer, count);
	for (field = message->fields; field->kind != FIELD_KIND_END; field++) {
		if (!is_packed(field, record))
			continue;
		pack_text(packer, field->key);
		pack_value(packer, field, record);
	}
}

struct packing {
	struct buffer *to;
	int rc;
};

static int
append_packed(void *arg, const char *data, size_t len)
{
	struct packing *packing = arg;

	if (packing->rc == 0)
		packing->rc = buffer_append(
		    packing->to, (struct bytes){ (const uint8_t *)data, len });
	return 0;
}

int
message_encode_msgpack(
    const struct message *message, const void *record, struct buffer *buffer)
{
	struct packing packing = { buffer, 0 };
	size_t before = buffer->len;
	msgpack_packer packer;

	if (message_check(message, record) < 0)
		return -EINVAL;
	msgpack_packer_init(&packer, &packing, append_packed);
	pack_message(&packer, message, record);
	if (packing.rc < 0)
		field_unappend(buffer, before);
	return packing.rc;
}
