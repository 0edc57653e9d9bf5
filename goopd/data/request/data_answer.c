#include "goopd/data/request/data_answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/json_text.h"

/* What the sentence of a peer suggests that sends no code; the first that fits
 * counts. */
static const struct {
	const char *part;
	enum bus_code code;
} suggestions[] = {
	{ "not allowed", BUS_FORBIDDEN },
	{ "rate limit", BUS_RATE_LIMITED },
	{ "not found", BUS_NOT_FOUND },
	{ "not available", BUS_BAD_REQUEST },
	{ "not enabled", BUS_BAD_REQUEST },
	{ "unknown op", BUS_BAD_REQUEST },
	{ "invalid ", BUS_BAD_REQUEST },
	{ " required", BUS_BAD_REQUEST },
};

void
data_answer_init(struct data_answer *answer)
{
	*answer = (struct data_answer){ .code = BUS_OK };
	buffer_init(&answer->data, DATA_ANSWER_MAX);
}

void
data_answer_fini(struct data_answer *answer)
{
	buffer_fini(&answer->data);
}

void
data_answer_fail(
    struct data_answer *answer, enum bus_code code, const char *format, ...)
{
	va_list arguments;

	buffer_fini(&answer->data);
	answer->code = code;
	va_start(arguments, format);
	vsnprintf(answer->error, sizeof(answer->error), format, arguments);
	va_end(arguments);
	text_make_printable(answer->error);
}

/* /goop/data/1.0.0 has "busy" for both: peers told them apart by the sentence
 * before there was a code. */
static const char *
wire_name(enum bus_code code)
{
	return bus_code_name(code == BUS_RATE_LIMITED ? BUS_BUSY : code);
}

static int
print_refusal(const struct data_answer *answer, struct buffer *line)
{
	json_t *json = json_pack("{s:b, s:s, s:s}", "ok", 0, "error",
	    answer->error, "code", wire_name(answer->code));
	CLEANUP_FREE char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	return text != NULL ? buffer_printf(line, "%s\n", text) : -ENOBUFS;
}

int
data_answer_print(const struct data_answer *answer, struct buffer *line)
{
	static const char head[] = "{\"ok\":true,\"data\":";
	struct bytes data = buffer_bytes(&answer->data);

	if (answer->code != BUS_OK)
		return print_refusal(answer, line);
	if (data.len == 0)
		return buffer_append(line, bytes_of("{\"ok\":true}\n"));
	if (strlen(head) + data.len + strlen("}\n") > buffer_room(line))
		return -ENOBUFS;
	buffer_append(line, bytes_of(head));
	buffer_append(line, data);
	return buffer_append(line, bytes_of("}\n"));
}

static enum bus_code
suggested_code(const char *sentence)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suggestions); i++) {
		if (strstr(sentence, suggestions[i].part) != NULL)
			return suggestions[i].code;
	}
	return BUS_INTERNAL;
}

static enum bus_code
code_of(const char *name, const char *sentence)
{
	enum bus_code suggested = suggested_code(sentence), code;

	if (name == NULL)
		return suggested;
	for (code = BUS_BAD_REQUEST; code <= BUS_INTERNAL; code++) {
		if (strcmp(name, bus_code_name(code)) == 0)
			return code == BUS_BUSY && suggested == BUS_RATE_LIMITED
				   ? suggested
				   : code;
	}
	return suggested;
}

static void
take_refusal(const json_t *json, struct data_answer *answer)
{
	const char *sentence =
	    json_string_value(json_object_get(json, "error"));
	const char *code = json_string_value(json_object_get(json, "code"));

	if (sentence == NULL || sentence[0] == '\0')
		sentence = "refused without a reason";
	data_answer_fail(answer, BUS_INTERNAL, "%s", sentence);
	/* By the sentence as it is kept, so that it prints to the same. */
	answer->code = code_of(code, answer->error);
}

static int
append(const char *text, size_t len, void *arg)
{
	return buffer_append(arg, (struct bytes){ (const uint8_t *)text, len });
}

static void
take_data(const json_t *data, struct data_answer *answer)
{
	if (data == NULL || json_is_null(data))
		return;
	if (json_dump_callback(data, append, &answer->data,
		JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		data_answer_fail(answer, BUS_TOO_LARGE,
		    "the answer is longer than %d bytes", DATA_ANSWER_MAX);
}

int
data_answer_parse(struct bytes line, struct data_answer *ret)
{
	static const struct json_limits limits = { .bytes = DATA_ANSWER_MAX,
		.depth = DATA_ANSWER_DEPTH_MAX,
		.values = DATA_ANSWER_VALUES_MAX,
		.may_hold_nul = true };
	char why[JSON_WHY_MAX];
	json_t *json = json_text_parse(line, &limits, why);
	const json_t *ok = json_object_get(json, "ok");

	if (!json_is_boolean(ok)) {
		json_decref(json);
		return -EBADMSG;
	}
	data_answer_init(ret);
	if (json_is_true(ok))
		take_data(json_object_get(json, "data"), ret);
	else
		take_refusal(json, ret);
	json_decref(json);
	return 0;
}
