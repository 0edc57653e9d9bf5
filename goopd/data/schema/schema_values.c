#include "goopd/data/schema/schema_values.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/xalloc.h"
#include "goopd/data/sql/json_text.h"
#include "goopd/data/sql/sql_token.h"

/* --- automatic values and defaults */

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
is_moment(enum column_type type)
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

	if (is_moment(column->type) && sql_text_is_now(text))
		return new_time(now, column->type);
	if (column->type == COLUMN_INTEGER) {
		errno = 0;
		number = strtoll(text, &end, 10);
		if (*end == '\0' && errno == 0)
			return json_integer(number);
	}
	if (column->type == COLUMN_REAL && sql_text_is_number(text)) {
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
schema_values_fill(const struct table_schema *schema,
    const struct schema_now *now, json_t *data)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < schema->column_count && rc == 0; i++)
		rc = fill_column(&schema->columns[i], now, data);
	return rc;
}

/* --- checks */

static bool
is_text(const struct schema_column *column, const json_t *value)
{
	(void)column;
	return json_is_string(value) || json_is_number(value);
}

static bool
is_blob(const struct schema_column *column, const json_t *value)
{
	(void)column;
	return json_is_string(value);
}

/* Forms send numbers as texts; SQLite stores those as numbers. */
static bool
is_real(const struct schema_column *column, const json_t *value)
{
	(void)column;
	return json_is_number(value) ||
	       (json_is_string(value) &&
		   sql_text_is_number(json_string_value(value)));
}

static bool
is_integer(const struct schema_column *column, const json_t *value)
{
	const char *text = json_string_value(value);

	(void)column;
	if (json_is_real(value))
		return floor(json_real_value(value)) == json_real_value(value);
	if (text == NULL)
		return json_is_integer(value) || json_is_boolean(value);
	text += *text == '-' || *text == '+';
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* Does the text begin with this pattern, '9' being a digit? Moves behind it. */
static bool
skip(const char **text, const char *pattern)
{
	const char *at = *text;

	for (; *pattern != '\0'; pattern++, at++) {
		if (*pattern == '9' ? !isdigit((unsigned char)*at)
				    : *at != *pattern)
			return false;
	}
	*text = at;
	return true;
}

static int
number_at(const char *text)
{
	return (text[0] - '0') * 10 + text[1] - '0';
}

static bool
skip_date(const char **text)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	const char *start = *text;
	int year, month, day;
	bool is_leap;

	if (!skip(text, "9999-99-99"))
		return false;
	year = number_at(start) * 100 + number_at(start + 2);
	month = number_at(start + 5);
	day = number_at(start + 8);
	is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] && (month != 2 || day <= 28 || is_leap);
}

static bool
skip_time(const char **text)
{
	const char *start = *text;

	if (!skip(text, "99:99") || number_at(start) > 23 ||
	    number_at(start + 3) > 59)
		return false;
	start = *text + 1;
	if (!skip(text, ":99"))
		return true;
	if (number_at(start) > 60)
		return false;
	if (skip(text, ".9"))
		*text += strspn(*text, "0123456789");
	return true;
}

static bool
skip_zone(const char **text)
{
	if (skip(text, "Z") || **text == '\0')
		return true;
	return skip(text, "+99:99") || skip(text, "-99:99");
}

static bool
is_date(const struct schema_column *column, const json_t *value)
{
	const char *text = json_string_value(value);

	(void)column;
	return text != NULL && skip_date(&text) && *text == '\0';
}

static bool
is_time(const struct schema_column *column, const json_t *value)
{
	const char *text = json_string_value(value);

	(void)column;
	return text != NULL && skip_time(&text) && *text == '\0';
}

/* RFC 3339, and what SQLite and datetime-local fields make of it. */
static bool
is_datetime(const struct schema_column *column, const json_t *value)
{
	const char *text = json_string_value(value);

	(void)column;
	return text != NULL && skip_date(&text) &&
	       (skip(&text, "T") || skip(&text, " ")) && skip_time(&text) &&
	       skip_zone(&text) && *text == '\0';
}

static bool
is_guid(const struct schema_column *column, const json_t *value)
{
	static const char pattern[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	const char *text = json_string_value(value);
	size_t i;

	(void)column;
	if (text == NULL || strlen(text) != strlen(pattern))
		return false;
	for (i = 0; pattern[i] != '\0'; i++) {
		if (pattern[i] == '-' ? text[i] != '-'
				      : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

static bool
is_value(const struct schema_column *column, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t i;

	for (i = 0; text != NULL && i < column->value_count; i++) {
		if (strcmp(column->values[i].key, text) == 0)
			return true;
	}
	return false;
}

/* clang-format off */
static const struct {
	bool (*is_fine)(const struct schema_column *, const json_t *);
	const char *why;
} checks[] = {
	[COLUMN_TEXT] =     { is_text,     "not a text" },
	[COLUMN_INTEGER] =  { is_integer,  "not a whole number" },
	[COLUMN_REAL] =     { is_real,     "not a number" },
	[COLUMN_BLOB] =     { is_blob,     "not a text" },
	[COLUMN_GUID] =     { is_guid,     "not a GUID" },
	[COLUMN_DATETIME] = { is_datetime, "not a date and time (YYYY-MM-DDThh:mm:ssZ)" },
	[COLUMN_DATE] =     { is_date,     "not a date (YYYY-MM-DD)" },
	[COLUMN_TIME] =     { is_time,     "not a time (hh:mm:ss)" },
	[COLUMN_ENUM] =     { is_value,    "not one of its values" },
};
/* clang-format on */

static int
check_column(const struct schema_column *column, const json_t *value,
    bool is_insert, char **why)
{
	if (value == NULL && !is_insert)
		return 0;
	if (is_empty(value)) {
		if (!column->is_required && !column->is_key)
			return 0;
		*why = xasprintf("%s is required", column->name);
		return -EINVAL;
	}
	if (checks[column->type].is_fine(column, value))
		return 0;
	*why = xasprintf("%s: %s", column->name, checks[column->type].why);
	return -EINVAL;
}

static int
check_names(const struct table_schema *schema, const json_t *data, char **why)
{
	const json_t *value;
	const char *name;

	json_object_foreach(json_shared(data), name, value)
	{
		if (table_schema_column(schema, name) != NULL)
			continue;
		*why = xasprintf("invalid column name: %.*s", IDENTIFIER_MAX,
		    identifier_is_valid(name) ? name : "");
		return -EINVAL;
	}
	return 0;
}

int
schema_values_check(const struct table_schema *schema, const json_t *data,
    bool is_insert, char **why)
{
	const struct schema_column *column;
	int rc = check_names(schema, data, why);
	size_t i;

	for (i = 0; i < schema->column_count && rc == 0; i++) {
		column = &schema->columns[i];
		rc = check_column(column, json_object_get(data, column->name),
		    is_insert, why);
	}
	return rc;
}
