#include "goopd/data/schema/table_schema.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goopd/data/schema/table_sql.h"
#include "goopd/data/request/json_text.h"

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
		   table_sql_is_number(json_string_value(value)));
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

static bool
is_empty(const json_t *value)
{
	return value == NULL || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

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
table_schema_check(const struct table_schema *schema, const json_t *data,
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
