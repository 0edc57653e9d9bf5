#include "proto/field.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "proto/field_member.h"

static struct bytes
octets_bytes(const struct octets *octets)
{
	return (struct bytes){ octets->data, octets->len };
}

static void
records_fini(const struct field *field, struct records *records)
{
	size_t i;

	for (i = 0; i < records->count; i++)
		message_fini(field->of, field_record(field, records, i));
	free(records->items);
}

void
message_fini(const struct message *message, void *record)
{
	const struct field *field = message->fields;

	for (; field->kind != FIELD_KIND_END; field++)
		if (field->kind == FIELD_KIND_STR)
			text_free(*field_text(field, record));
		else if (field->kind == FIELD_KIND_BYTES)
			octets_free(field_octets(field, record));
		else if (field->kind == FIELD_KIND_STRS)
			strings_free(field_strings(field, record));
		else if (field->kind == FIELD_KIND_LIST)
			records_fini(field, field_records(field, record));
	memset(record, 0, message->size);
}

static void
copy_records(
    const struct field *field, const struct records *from, struct records *to)
{
	size_t i;

	if (from->count == 0)
		return;
	to->items = xreallocarray(NULL, from->count, field->of->size);
	to->count = from->count;
	for (i = 0; i < from->count; i++)
		message_copy(field->of, field_record(field, from, i),
		    field_record(field, to, i));
}

static void
copy_member(const struct field *field, const void *from, void *to)
{
	switch (field->kind) {
	case FIELD_KIND_STR:
		if (*field_text(field, from) != NULL)
			*field_text(field, to) =
			    xstrdup(*field_text(field, from));
		break;
	case FIELD_KIND_BYTES:
		*field_octets(field, to) =
		    octets_of(octets_bytes(field_octets(field, from)));
		break;
	case FIELD_KIND_INT:
		*field_int(field, to) = *field_int(field, from);
		break;
	case FIELD_KIND_BOOL:
		*field_bool(field, to) = *field_bool(field, from);
		break;
	case FIELD_KIND_STRS:
		strings_copy(
		    field_strings(field, from), field_strings(field, to));
		break;
	case FIELD_KIND_LIST:
		copy_records(field, field_records(field, from),
		    field_records(field, to));
		break;
	case FIELD_KIND_END:
		break;
	}
}

void
message_copy(const struct message *message, const void *record, void *ret)
{
	const struct field *field = message->fields;

	memset(ret, 0, message->size);
	for (; field->kind != FIELD_KIND_END; field++)
		copy_member(field, record, ret);
}

static bool
texts_equal(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return !strcmp(a, b);
}

static bool
records_equal(
    const struct field *field, const struct records *a, const struct records *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (!message_equal(field->of, field_record(field, a, i),
			field_record(field, b, i)))
			return false;
	return true;
}

static bool
member_equal(const struct field *field, const void *a, const void *b)
{
	switch (field->kind) {
	case FIELD_KIND_STR:
		return texts_equal(
		    *field_text(field, a), *field_text(field, b));
	case FIELD_KIND_BYTES:
		return bytes_equal(octets_bytes(field_octets(field, a)),
		    octets_bytes(field_octets(field, b)));
	case FIELD_KIND_INT:
		return *field_int(field, a) == *field_int(field, b);
	case FIELD_KIND_BOOL:
		return *field_bool(field, a) == *field_bool(field, b);
	case FIELD_KIND_STRS:
		return strings_equal(
		    field_strings(field, a), field_strings(field, b));
	case FIELD_KIND_LIST:
		return records_equal(
		    field, field_records(field, a), field_records(field, b));
	case FIELD_KIND_END:
		break;
	}
	return true;
}

bool
message_equal(const struct message *message, const void *a, const void *b)
{
	const struct field *field = message->fields;

	for (; field->kind != FIELD_KIND_END; field++)
		if (!member_equal(field, a, b))
			return false;
	return true;
}

static bool
text_is_fit(const struct field *field, const char *text)
{
	struct bytes bytes = bytes_of(text);

	return bytes.len <= (uint64_t)field->max && text_is_utf8(bytes);
}

static bool
strings_are_fit(const struct field *field, const struct strings *strings)
{
	size_t i;

	if (strings->count > field->max_items)
		return false;
	for (i = 0; i < strings->count; i++)
		if (!text_is_fit(field, strings->items[i]))
			return false;
	return true;
}

static bool
records_are_fit(const struct field *field, const struct records *records)
{
	size_t i;

	if (records->count > field->max_items)
		return false;
	for (i = 0; i < records->count; i++)
		if (message_check(field->of, field_record(field, records, i)) <
		    0)
			return false;
	return true;
}

static bool
member_is_fit(const struct field *field, const void *record)
{
	const char *text;
	int64_t number;

	switch (field->kind) {
	case FIELD_KIND_STR:
		text = *field_text(field, record);
		return text == NULL ? field->need == OPTIONAL
				    : text_is_fit(field, text);
	case FIELD_KIND_BYTES:
		return field_octets(field, record)->len <= (uint64_t)field->max;
	case FIELD_KIND_INT:
		number = *field_int(field, record);
		if (number == 0 && field->need == OPTIONAL)
			return true;
		return number >= field->min && number <= field->max;
	case FIELD_KIND_STRS:
		return strings_are_fit(field, field_strings(field, record));
	case FIELD_KIND_LIST:
		return records_are_fit(field, field_records(field, record));
	case FIELD_KIND_BOOL:
	case FIELD_KIND_END:
		break;
	}
	return true;
}

int
message_check(const struct message *message, const void *record)
{
	const struct field *field = message->fields;

	for (; field->kind != FIELD_KIND_END; field++)
		if (!member_is_fit(field, record))
			return -EINVAL;
	return 0;
}
