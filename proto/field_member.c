#include "proto/field_member.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"

/* Text and bytes that a struct owns were allocated by us: the one place where
 * const is cast away from them. */
static void
release(const void *owned)
{
	free((void *)(uintptr_t)owned);
}

void
text_free(const char *text)
{
	release(text);
}

void
text_replace(const char **member, const char *text)
{
	const char *old = *member;

	*member = text != NULL ? xstrdup(text) : NULL;
	release(old);
}

void
text_clean(const char **member)
{
	char *clean;

	if (*member == NULL)
		return;
	clean = xstrdup(*member);
	text_make_printable(clean);
	release(*member);
	*member = clean;
}

void
strings_add(struct strings *strings, const char *text)
{
	strings->items = xreallocarray(
	    strings->items, strings->count + 1, sizeof(*strings->items));
	strings->items[strings->count++] = xstrdup(text);
}

void
strings_free(struct strings *strings)
{
	size_t i;

	for (i = 0; i < strings->count; i++)
		release(strings->items[i]);
	free(strings->items);
	*strings = (struct strings){ NULL, 0 };
}

void
strings_copy(const struct strings *strings, struct strings *ret)
{
	size_t i;

	*ret = (struct strings){ NULL, 0 };
	for (i = 0; i < strings->count; i++)
		strings_add(ret, strings->items[i]);
}

bool
strings_have(const struct strings *strings, const char *text)
{
	size_t i;

	for (i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

bool
strings_equal(const struct strings *a, const struct strings *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

struct octets
octets_of(struct bytes bytes)
{
	if (bytes.len == 0)
		return (struct octets){ NULL, 0 };
	return (struct octets){ xmemdup(bytes.data, bytes.len), bytes.len };
}

void
octets_free(struct octets *octets)
{
	release(octets->data);
	*octets = (struct octets){ NULL, 0 };
}

int
field_refuse(struct field_refusal *refusal, const struct message *message,
    const char *key, const char *format, ...)
{
	char reason[160];
	va_list arguments;

	if (refusal->text[0] != '\0')
		return -EBADMSG;
	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	if (key != NULL)
		snprintf(refusal->text, sizeof(refusal->text), "%s: %s: %s",
		    message->name, key, reason);
	else
		snprintf(refusal->text, sizeof(refusal->text), "%s: %s",
		    message->name, reason);
	return -EBADMSG;
}

int
field_tell(const struct field_refusal *refusal, char **why)
{
	if (why != NULL)
		*why = xstrdup(refusal->text);
	return -EBADMSG;
}

void
field_unappend(struct buffer *buffer, size_t before)
{
	buffer->len = before;
	if (before == 0)
		buffer_fini(buffer);
}

static void *
member_of(const struct field *field, const void *record)
{
	return (char *)(uintptr_t)record + field->offset;
}

const char **
field_text(const struct field *field, const void *record)
{
	return member_of(field, record);
}

struct octets *
field_octets(const struct field *field, const void *record)
{
	return member_of(field, record);
}

int64_t *
field_int(const struct field *field, const void *record)
{
	return member_of(field, record);
}

bool *
field_bool(const struct field *field, const void *record)
{
	return member_of(field, record);
}

struct strings *
field_strings(const struct field *field, const void *record)
{
	return member_of(field, record);
}

struct records *
field_records(const struct field *field, const void *record)
{
	return member_of(field, record);
}

void *
field_record(
    const struct field *field, const struct records *records, size_t number)
{
	return (char *)records->items + number * field->of->size;
}

bool
field_is_absent(const struct field *field, const void *record)
{
	switch (field->kind) {
	case FIELD_KIND_STR:
		return *field_text(field, record) == NULL;
	case FIELD_KIND_BYTES:
		return field_octets(field, record)->len == 0;
	case FIELD_KIND_INT:
		return *field_int(field, record) == 0;
	case FIELD_KIND_BOOL:
		return !*field_bool(field, record);
	case FIELD_KIND_STRS:
		return field_strings(field, record)->count == 0;
	case FIELD_KIND_LIST:
		return field_records(field, record)->count == 0;
	case FIELD_KIND_END:
		break;
	}
	return true;
}

static int
refuse(const struct field_target *target, const char *what, int64_t limit)
{
	return field_refuse(target->refusal, target->message,
	    target->field->key, "more than %" PRId64 " %s", limit, what);
}

static int
check_text(const struct field_target *target, struct bytes text)
{
	if (text.len > (uint64_t)target->field->max)
		return refuse(target, "bytes", target->field->max);
	if (!text_is_utf8(text))
		return field_refuse(target->refusal, target->message,
		    target->field->key, "not UTF-8");
	return 0;
}

static char *
copy_text(struct bytes text)
{
	return text.len == 0 ? xstrdup("")
			     : xstrndup((const char *)text.data, text.len);
}

int
field_store_text(const struct field_target *target, struct bytes text)
{
	if (check_text(target, text) < 0)
		return -EBADMSG;
	*field_text(target->field, target->record) = copy_text(text);
	return 0;
}

int
field_store_octets(const struct field_target *target, struct bytes bytes)
{
	if (bytes.len > (uint64_t)target->field->max)
		return refuse(target, "bytes", target->field->max);
	*field_octets(target->field, target->record) = octets_of(bytes);
	return 0;
}

int
field_out_of_range(const struct field_target *target)
{
	return field_refuse(target->refusal, target->message,
	    target->field->key, "not from %" PRId64 " to %" PRId64,
	    target->field->min, target->field->max);
}

int
field_store_int(const struct field_target *target, int64_t value)
{
	if (value < target->field->min || value > target->field->max)
		return field_out_of_range(target);
	*field_int(target->field, target->record) = value;
	return 0;
}

int
field_store_item(const struct field_target *target, struct bytes text)
{
	struct strings *strings = field_strings(target->field, target->record);
	CLEANUP_FREE char *copy = NULL;

	if (strings->count >= target->field->max_items)
		return refuse(
		    target, "items", (int64_t)target->field->max_items);
	if (check_text(target, text) < 0)
		return -EBADMSG;
	copy = copy_text(text);
	strings_add(strings, copy);
	return 0;
}

int
field_store_records(const struct field_target *target, size_t count)
{
	struct records *records = field_records(target->field, target->record);

	if (count > target->field->max_items)
		return refuse(
		    target, "items", (int64_t)target->field->max_items);
	if (count == 0)
		return 0;
	records->items = xreallocarray(NULL, count, target->field->of->size);
	memset(records->items, 0, count * target->field->of->size);
	records->count = count;
	return 0;
}

int
field_wrong_type(const struct field_target *target)
{
	static const char *const names[] = {
		[FIELD_KIND_STR] = "a text",
		[FIELD_KIND_BYTES] = "bytes",
		[FIELD_KIND_INT] = "a whole number",
		[FIELD_KIND_BOOL] = "true or false",
		[FIELD_KIND_STRS] = "a list of texts",
		[FIELD_KIND_LIST] = "a list",
	};

	return field_refuse(target->refusal, target->message,
	    target->field->key, "not %s", names[target->field->kind]);
}

int
field_check_required(
    const struct message *message, uint64_t seen, struct field_refusal *refusal)
{
	const struct field *field = message->fields;

	for (; field->kind != FIELD_KIND_END; field++, seen >>= 1)
		if (field->need == REQUIRED && (seen & 1) == 0)
			return field_refuse(
			    refusal, message, field->key, "missing");
	return 0;
}
