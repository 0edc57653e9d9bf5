#include "proto/field_json.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "common/base/xalloc.h"
#include "proto/field_member.h"

static int read_message(
    const struct message *, const json_t *, void *ret, struct field_refusal *);

static struct bytes
json_bytes(const json_t *text)
{
	return (struct bytes){ (const uint8_t *)json_string_value(text),
		json_string_length(text) };
}

/* Standard base64 with padding, nothing else. */
static bool
base64_is_sound(struct bytes text, size_t *ret_padding)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t padding = 0;

	if (text.len % 4 != 0)
		return false;
	while (padding < 2 && padding < text.len &&
	       text.data[text.len - 1 - padding] == '=')
		padding++;
	*ret_padding = padding;
	return strspn((const char *)text.data, alphabet) == text.len - padding;
}

static int
read_base64(const struct field_target *target, const json_t *value)
{
	struct bytes text = json_bytes(value);
	CLEANUP_FREE uint8_t *out = NULL;
	size_t padding;
	int len;

	/* Bounded before anything is allocated for it. */
	if (text.len / 4 > (uint64_t)target->field->max / 3 + 1)
		return field_refuse(target->refusal, target->message,
		    target->field->key, "too many bytes");
	if (!base64_is_sound(text, &padding))
		return field_wrong_type(target);
	out = xzalloc(text.len / 4 * 3 + 1);
	len = EVP_DecodeBlock(out, text.data, (int)text.len);
	if (len < 0)
		return field_wrong_type(target);
	return field_store_octets(
	    target, (struct bytes){ out, (size_t)len - padding });
}

static int
read_texts(const struct field_target *target, const json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item))
			return field_wrong_type(target);
		if (field_store_item(target, json_bytes(item)) < 0)
			return -EBADMSG;
	}
	return 0;
}

static int
read_records(const struct field_target *target, const json_t *list)
{
	struct records *records = field_records(target->field, target->record);
	size_t i;
	json_t *item;

	if (field_store_records(target, json_array_size(list)) < 0)
		return -EBADMSG;
	json_array_foreach(list, i, item)
	{
		if (!json_is_object(item))
			return field_wrong_type(target);
		if (read_message(target->field->of, item,
			field_record(target->field, records, i),
			target->refusal) < 0)
			return -EBADMSG;
	}
	return 0;
}

static bool
has_type(const struct field *field, const json_t *value)
{
	switch (field->kind) {
	case FIELD_KIND_STR:
	case FIELD_KIND_BYTES:
		return json_is_string(value);
	case FIELD_KIND_INT:
		return json_is_integer(value);
	case FIELD_KIND_BOOL:
		return json_is_boolean(value);
	case FIELD_KIND_STRS:
	case FIELD_KIND_LIST:
		return json_is_array(value);
	case FIELD_KIND_END:
		break;
	}
	return false;
}

static int
read_value(const struct field_target *target, const json_t *value)
{
	if (!has_type(target->field, value))
		return field_wrong_type(target);
	switch (target->field->kind) {
	case FIELD_KIND_STR:
		return field_store_text(target, json_bytes(value));
	case FIELD_KIND_BYTES:
		return read_base64(target, value);
	case FIELD_KIND_INT:
		return field_store_int(target, json_integer_value(value));
	case FIELD_KIND_BOOL:
		*field_bool(target->field, target->record) =
		    json_is_true(value);
		return 0;
	case FIELD_KIND_STRS:
		return read_texts(target, value);
	case FIELD_KIND_LIST:
		return read_records(target, value);
	case FIELD_KIND_END:
		break;
	}
	return 0;
}

static int
read_message(const struct message *message, const json_t *object, void *ret,
    struct field_refusal *refusal)
{
	struct field_target target = { message, message->fields, ret, refusal };
	uint64_t seen = 0, bit = 1;
	const json_t *value;

	for (; target.field->kind != FIELD_KIND_END;
	     target.field++, bit <<= 1) {
		value = json_object_get(object, target.field->key);
		if (value == NULL || json_is_null(value))
			continue;
		if (read_value(&target, value) < 0)
			return -EBADMSG;
		seen |= bit;
	}
	return field_check_required(message, seen, refusal);
}

/* Nested deeper than FIELD_DEPTH_MAX? Asked before anything is built. */
static bool
is_too_deep(struct bytes text)
{
	bool quoted = false;
	int depth = 0;
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			quoted = !quoted;
		else if (quoted && text.data[i] == '\\')
			i++;
		else if (!quoted &&
			 (text.data[i] == '{' || text.data[i] == '['))
			depth++;
		else if (!quoted &&
			 (text.data[i] == '}' || text.data[i] == ']'))
			depth--;
		if (depth > FIELD_DEPTH_MAX)
			return true;
	}
	return false;
}

static int
read_whole(const struct message *message, struct bytes text, void *ret,
    struct field_refusal *refusal)
{
	json_error_t error;
	json_t *root;
	int rc;

	if (is_too_deep(text))
		return field_refuse(refusal, message, NULL, "nested too deep");
	root = json_loadb(text.len > 0 ? (const char *)text.data : "", text.len,
	    JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return field_refuse(
		    refusal, message, NULL, "not JSON: %s", error.text);
	if (json_is_object(root))
		rc = read_message(message, root, ret, refusal);
	else
		rc = field_refuse(refusal, message, NULL, "not an object");
	json_decref(root);
	return rc;
}

int
message_decode_json(
    const struct message *message, struct bytes text, void *ret, char **why)
{
	struct field_refusal refusal = { "" };

	memset(ret, 0, message->size);
	if (read_whole(message, text, ret, &refusal) == 0)
		return 0;
	message_fini(message, ret);
	return field_tell(&refusal, why);
}

static json_t *object_of(const struct message *, const void *record);

static json_t *
base64_of(const struct octets *octets)
{
	CLEANUP_FREE char *out = NULL;

	if (octets->len == 0)
		return json_string("");
	out = xzalloc((octets->len + 2) / 3 * 4 + 1);
	EVP_EncodeBlock((uint8_t *)out, octets->data, (int)octets->len);
	return json_string(out);
}

static json_t *
list_of_texts(const struct strings *strings)
{
	json_t *list = xcheck(json_array());
	size_t i;

	for (i = 0; i < strings->count; i++)
		json_array_append_new(
		    list, xcheck(json_string(strings->items[i])));
	return list;
}

static json_t *
list_of_records(const struct field *field, const struct records *records)
{
	json_t *list = xcheck(json_array());
	size_t i;

	for (i = 0; i < records->count; i++)
		json_array_append_new(list,
		    object_of(field->of, field_record(field, records, i)));
	return list;
}

static json_t *
value_of(const struct field *field, const void *record)
{
	switch (field->kind) {
	case FIELD_KIND_STR:
		return json_string(*field_text(field, record));
	case FIELD_KIND_BYTES:
		return base64_of(field_octets(field, record));
	case FIELD_KIND_INT:
		return json_integer(*field_int(field, record));
	case FIELD_KIND_BOOL:
		return json_boolean(*field_bool(field, record));
	case FIELD_KIND_STRS:
		return list_of_texts(field_strings(field, record));
	case FIELD_KIND_LIST:
		return list_of_records(field, field_records(field, record));
	case FIELD_KIND_END:
		break;
	}
	return json_null();
}

static json_t *
object_of(const struct message *message, const void *record)
{
	const struct field *field = message->fields;
	json_t *object = xcheck(json_object());

	for (; field->kind != FIELD_KIND_END; field++)
		if (field->need == REQUIRED || !field_is_absent(field, record))
			json_object_set_new(object, field->key,
			    xcheck(value_of(field, record)));
	return object;
}

static int
append_json(const char *text, size_t len, void *arg)
{
	return buffer_append(arg, (struct bytes){ (const uint8_t *)text, len });
}

int
message_encode_json(
    const struct message *message, const void *record, struct buffer *buffer)
{
	size_t before = buffer->len;
	json_t *object;
	int rc = 0;

	if (message_check(message, record) < 0)
		return -EINVAL;
	object = object_of(message, record);
	if (json_dump_callback(object, append_json, buffer, JSON_COMPACT) < 0) {
		field_unappend(buffer, before);
		rc = -ENOBUFS;
	}
	json_decref(object);
	return rc;
}
