/*
 * json_text: JSON from strangers. What it would cost is counted before it is
 * read: how deep it is nested, and how many values it has.
 */
#ifndef GOOPD_DATA_SQL_JSON_TEXT_H
#define GOOPD_DATA_SQL_JSON_TEXT_H

#include <jansson.h>

#include "common/base/bytes.h"

struct json_limits {
	size_t bytes, depth, values;
	bool may_hold_nul; /* in its texts, as \u0000 */
};

enum { JSON_WHY_MAX = 200 };

/*
 * A new reference; NULL with the reason in why, fit to be shown. Keys that come
 * twice, malformed UTF-8 and anything behind the value are refused.
 */
json_t *json_text_parse(
    struct bytes, const struct json_limits *, char why[JSON_WHY_MAX]);

/* For functions of jansson that count references of what they only read. */
static inline json_t *
json_shared(const json_t *value)
{
	return (json_t *)(uintptr_t)value;
}

#endif
