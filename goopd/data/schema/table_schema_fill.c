#include "goopd/data/schema/table_schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "goopd/data/schema/table_sql.h"

enum { GUID_SIZE = 37, TIME_SIZE = 32 };

/* A version 4 UUID (RFC 9562, 5.4). */
static json_t *
new_guid(const struct schema_now *now)
{
	char text[GUID_SIZE];
	uint8_t b[16];

	now->random(b, now->arg);
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(text, sizeof(text),
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
	    b[11], b[12], b[13], b[14], b[15]);
	return json_string(text);
}

static json_t *
new_time(const struct schema_now *now, enum column_type type)
{
	time_t seconds = (time_t)(now->unix_ms / 1000);
	char text[TIME_SIZE];
	struct tm utc;

	gmtime_r(&seconds, &utc);
	if (type == COLUMN_DATE)
		strftime(text, sizeof(text), "%Y-%m-%d", &utc);
	else if (type == COLUMN_TIME)
		strftime(text, sizeof(text), "%H:%M:%S", &utc);
	else
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

/* 0 with *ret NULL for a type that has no automatic value. */
static int
new_value(const struct schema_column *column, const struct schema_now *now,
    json_t **ret)
{
	int64_t number;

	*ret = NULL;
	switch (column->type) {
	case COLUMN_GUID:
		*ret = new_guid(now);
		return 0;
	case COLUMN_DATETIME:
	case COLUMN_DATE:
	case COLUMN_TIME:
		*ret = new_time(now, column->type);
		return 0;
	case COLUMN_INTEGER:
		number = now->next_integer(column->name, now->arg);
		if (number < 0)
			return (int)number;
		*ret = json_integer(number);
		return 0;
	default:
		return 0;
	}
}

static bool
is_time(enum column_type type)
{
	return type == COLUMN_DATETIME || type == COLUMN_DATE ||
	       type == COLUMN_TIME;
}

static json_t *
default_value(const struct schema_column *column, const struct schema_now *now)
{
	const char *text = column->fallback;
	char *end;
	long long number;
	double real;

	if (is_time(column->type) && table_sql_is_now(text))
		return new_time(now, column->type);
	if (column->type == COLUMN_INTEGER) {
		errno = 0;
		number = strtoll(text, &end, 10);
		if (*end == '\0' && errno == 0)
			return json_integer(number);
	}
	if (column->type == COLUMN_REAL && table_sql_is_number(text)) {
		real = strtod(text, NULL);
		return json_real(real);
	}
	return json_string(text);
}

/* An empty field of a form is no value. */
static bool
is_empty(const json_t *value)
{
	return value == NULL || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

static int
fill_column(const struct schema_column *column, const struct schema_now *now,
    json_t *data)
{
	json_t *old = json_object_get(data, column->name), *value = NULL;
	int rc = 0;

	if (column->is_auto && is_empty(old))
		rc = new_value(column, now, &value);
	if (rc < 0)
		return rc;
	if (value == NULL && old == NULL && column->fallback != NULL)
		value = default_value(column, now);
	else if (value == NULL && json_is_string(old) && is_empty(old) &&
		 column->type != COLUMN_TEXT && column->type != COLUMN_BLOB)
		value = json_null();
	if (value != NULL)
		json_object_set_new(data, column->name, value);
	return 0;
}

int
table_schema_fill(const struct table_schema *schema,
    const struct schema_now *now, json_t *data)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < schema->column_count && rc == 0; i++)
		rc = fill_column(&schema->columns[i], now, data);
	return rc;
}
