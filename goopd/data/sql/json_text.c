#include "goopd/data/sql/json_text.h"

#include <stdio.h>

#include "common/base/text.h"

/* What is counted while the bytes go by. */
struct tally {
	size_t depth, deepest, values;
	bool in_text, is_escaped;
};

static void
count_in_text(struct tally *tally, uint8_t byte)
{
	if (tally->is_escaped)
		tally->is_escaped = false;
	else if (byte == '\\')
		tally->is_escaped = true;
	else if (byte == '"')
		tally->in_text = false;
}

static void
count_outside(struct tally *tally, uint8_t byte)
{
	switch (byte) {
	case '"':
		tally->in_text = true;
		break;
	case '{':
	case '[':
		tally->values++;
		if (++tally->depth > tally->deepest)
			tally->deepest = tally->depth;
		break;
	case '}':
	case ']':
		if (tally->depth > 0)
			tally->depth--;
		break;
	case ',':
		tally->values++;
		break;
	}
}

/* Right for JSON; for anything else the parser still sees no more open brackets
 * at a time than are counted here. */
static struct tally
count(struct bytes json)
{
	struct tally tally = { 0 };
	size_t i;

	for (i = 0; i < json.len; i++) {
		if (tally.in_text)
			count_in_text(&tally, json.data[i]);
		else
			count_outside(&tally, json.data[i]);
	}
	return tally;
}

static bool
is_within(
    struct bytes json, const struct json_limits *limits, char why[JSON_WHY_MAX])
{
	struct tally tally;

	if (json.len > limits->bytes) {
		snprintf(why, JSON_WHY_MAX, "it is longer than %zu bytes",
		    limits->bytes);
		return false;
	}
	tally = count(json);
	if (tally.deepest > limits->depth) {
		snprintf(why, JSON_WHY_MAX, "it is nested deeper than %zu",
		    limits->depth);
		return false;
	}
	if (tally.values > limits->values) {
		snprintf(why, JSON_WHY_MAX, "it has more than %zu values",
		    limits->values);
		return false;
	}
	return true;
}

json_t *
json_text_parse(
    struct bytes json, const struct json_limits *limits, char why[JSON_WHY_MAX])
{
	size_t flags = JSON_REJECT_DUPLICATES;
	json_error_t error;
	json_t *value;

	if (!is_within(json, limits, why))
		return NULL;
	if (limits->may_hold_nul)
		flags |= JSON_ALLOW_NUL;
	value = json_loadb(json.len > 0 ? (const char *)json.data : "",
	    json.len, flags, &error);
	if (value == NULL) {
		snprintf(why, JSON_WHY_MAX, "%s", error.text);
		text_make_printable(why);
	}
	return value;
}
