#include "goopd/data/sql/sql_functions.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "goopd/data/sql/sql_pattern.h"

static void
goop_caller(sqlite3_context *context, int count, sqlite3_value **values)
{
	const struct statement_limits *limits = sqlite3_user_data(context);

	(void)count;
	(void)values;
	sqlite3_result_text(context, limits->caller, -1, SQLITE_TRANSIENT);
}

/* Text of a value, NULL if it is NULL. */
static const unsigned char *
text_of(sqlite3_value *value, size_t *ret_len)
{
	const unsigned char *text = sqlite3_value_text(value);

	*ret_len = (size_t)sqlite3_value_bytes(value);
	return text;
}

static size_t
count_characters(const unsigned char *text, size_t len)
{
	size_t i, count = 0;

	for (i = 0; i < len; i++)
		count += (text[i] & 0xc0) != 0x80;
	return count;
}

/* instr(text, part): characters before the first occurrence plus 1, or 0. */
static void
instr(sqlite3_context *context, int count, sqlite3_value **values)
{
	const unsigned char *text, *part, *found;
	size_t len, part_len;

	(void)count;
	text = text_of(values[0], &len);
	part = text_of(values[1], &part_len);
	if (text == NULL || part == NULL)
		return;
	found = memmem(text, len, part, part_len);
	sqlite3_result_int64(context, found == NULL
					  ? 0
					  : (sqlite3_int64)count_characters(
						text, (size_t)(found - text)) +
						1);
}

static bool
pattern_is_over(void *arg)
{
	return limits_is_over(arg);
}

static void
match(sqlite3_context *context, struct sql_pattern *pattern,
    sqlite3_value *pattern_value, sqlite3_value *text_value)
{
	const unsigned char *text;
	size_t len;
	int rc;

	pattern->text = text_of(pattern_value, &pattern->len);
	text = text_of(text_value, &len);
	if (pattern->text == NULL || text == NULL)
		return;
	if (pattern->len > SQL_PATTERN_MAX) {
		sqlite3_result_error(
		    context, "LIKE or GLOB pattern too complex", -1);
		return;
	}
	pattern->is_over = pattern_is_over;
	pattern->arg = sqlite3_user_data(context);
	rc = sql_pattern_match(pattern, text, len);
	if (rc == SQL_PATTERN_ENDED)
		sqlite3_result_error_code(context, SQLITE_INTERRUPT);
	else
		sqlite3_result_int(context, rc == SQL_PATTERN_MATCHES);
}

/* X LIKE Y ESCAPE Z is like(Y, X, Z) */
static void
like(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct sql_pattern pattern = { .is_like = true };
	const unsigned char *escape;
	size_t len;

	if (count == 3) {
		escape = text_of(values[2], &len);
		if (escape == NULL)
			return;
		if (len != 1 || escape[0] >= 0x80) {
			sqlite3_result_error(context,
			    "ESCAPE expression must be a single character", -1);
			return;
		}
		pattern.escape = escape[0];
	}
	match(context, &pattern, values[0], values[1]);
}

static void
glob(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct sql_pattern pattern = { .is_like = false };

	(void)count;
	match(context, &pattern, values[0], values[1]);
}

enum { TRIM_LEFT = 1, TRIM_RIGHT = 2 };
static const int trims[] = { TRIM_LEFT, TRIM_RIGHT, TRIM_LEFT | TRIM_RIGHT };

/* Cut characters of the set, which are ASCII, off the sides. */
static void
trim_set(sqlite3_context *context, sqlite3_value **values, int sides)
{
	const unsigned char *text, *set;
	size_t len, set_len, i;
	bool cuts[128] = { false };

	text = text_of(values[0], &len);
	set = text_of(values[1], &set_len);
	if (text == NULL || set == NULL)
		return;
	for (i = 0; i < set_len && i < SQL_TRIM_SET_MAX && set[i] < 128; i++)
		cuts[set[i]] = true;
	if (i < set_len) {
		sqlite3_result_error(
		    context, "only a few ASCII characters can be trimmed", -1);
		return;
	}
	while ((sides & TRIM_LEFT) && len > 0 && text[0] < 128 && cuts[text[0]])
		text++, len--;
	while ((sides & TRIM_RIGHT) && len > 0 && text[len - 1] < 128 &&
	       cuts[text[len - 1]])
		len--;
	sqlite3_result_text(
	    context, (const char *)text, (int)len, SQLITE_TRANSIENT);
}

static void
ltrim2(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	trim_set(context, values, trims[0]);
}

static void
rtrim2(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	trim_set(context, values, trims[1]);
}

static void
trim2(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	trim_set(context, values, trims[2]);
}

/* clang-format off */
static const struct {
	const char *name;
	int count; /* of arguments */
	void (*run)(sqlite3_context *, int, sqlite3_value **);
} ours[] = {
	{ SQL_FUNCTION_CALLER, 0, goop_caller },
	{ "instr", 2, instr },
	{ "like",  2, like },
	{ "like",  3, like },
	{ "glob",  2, glob },
	{ "ltrim", 2, ltrim2 },
	{ "rtrim", 2, rtrim2 },
	{ "trim",  2, trim2 },
};
/* clang-format on */

int
sql_functions_add(sqlite3 *db, struct statement_limits *limits)
{
	size_t i;
	int rc = SQLITE_OK;

	for (i = 0; i < ARRAY_SIZE(ours) && rc == SQLITE_OK; i++)
		rc = sqlite3_create_function(db, ours[i].name, ours[i].count,
		    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
		    limits, ours[i].run, NULL, NULL);
	return rc;
}
