#include "goopd/data/sql/value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT(text) ((struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

/* --- JSON to SQL */

int
value_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	return sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC) ==
		       SQLITE_OK
		   ? 0
		   : -ENOMEM;
}

int
value_bind(sqlite3_stmt *statement, int at, const json_t *value, bool is_blob)
{
	int rc;

	switch (json_typeof(value)) {
	case JSON_NULL:
		rc = sqlite3_bind_null(statement, at);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		rc = sqlite3_bind_int(statement, at, json_is_true(value));
		break;
	case JSON_INTEGER:
		rc = sqlite3_bind_int64(
		    statement, at, json_integer_value(value));
		break;
	case JSON_REAL:
		rc = sqlite3_bind_double(statement, at, json_real_value(value));
		break;
	case JSON_STRING:
		rc = is_blob ? sqlite3_bind_blob64(statement, at,
				   json_string_value(value),
				   json_string_length(value), SQLITE_STATIC)
			     : sqlite3_bind_text64(statement, at,
				   json_string_value(value),
				   json_string_length(value), SQLITE_STATIC,
				   SQLITE_UTF8);
		break;
	default:
		return -EINVAL;
	}
	return rc == SQLITE_OK ? 0 : -ENOMEM;
}

/* --- texts */

/* Length of a well-formed sequence of UTF-8 at the front; 0: none. */
static size_t
sequence_length(const uint8_t *at, size_t len)
{
	size_t want, i;
	uint8_t least = 0x80, most = 0xbf;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	want = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (at[0] == 0xe0)
		least = 0xa0;
	else if (at[0] == 0xed)
		most = 0x9f;
	else if (at[0] == 0xf0)
		least = 0x90;
	else if (at[0] == 0xf4)
		most = 0x8f;
	if (len < want || at[1] < least || at[1] > most)
		return 0;
	for (i = 2; i < want; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

/* How many bytes from the front can be copied as they are. */
static size_t
plain_length(const uint8_t *at, size_t len)
{
	size_t i = 0, step;

	while (i < len) {
		if (at[i] < 0x20 || at[i] == '"' || at[i] == '\\')
			break;
		step = sequence_length(at + i, len - i);
		if (step == 0)
			break;
		i += step;
	}
	return i;
}

/* What one byte that cannot be copied becomes. */
static int
print_special(struct buffer *buffer, uint8_t byte)
{
	static const char escapes[] = "\"\"\\\\\nn\rr\tt\bb\ff";
	const char *escape;
	uint8_t pair[2];

	if (byte >= 0x80)
		return buffer_append(buffer, TEXT("\xef\xbf\xbd"));
	for (escape = escapes; *escape != '\0'; escape += 2)
		if ((uint8_t)*escape == byte) {
			pair[0] = '\\';
			pair[1] = (uint8_t)escape[1];
			return buffer_append(buffer, (struct bytes){ pair, 2 });
		}
	return buffer_printf(buffer, "\\u%04x", byte);
}

int
value_print_text(struct buffer *buffer, struct bytes text)
{
	size_t plain;
	int rc = buffer_append(buffer, TEXT("\""));

	while (rc == 0 && text.len > 0) {
		plain = plain_length(text.data, text.len);
		rc = buffer_append(buffer, (struct bytes){ text.data, plain });
		text.data += plain;
		text.len -= plain;
		if (rc == 0 && text.len > 0) {
			rc = print_special(buffer, text.data[0]);
			text.data++;
			text.len--;
		}
	}
	return rc == 0 ? buffer_append(buffer, TEXT("\"")) : rc;
}

/* --- times */

/* Digits at the front as a number; false if there are not as many. */
static bool
take_number(struct bytes *text, size_t digits, int *ret)
{
	size_t i;

	if (text->len < digits)
		return false;
	*ret = 0;
	for (i = 0; i < digits; i++) {
		if (text->data[i] < '0' || text->data[i] > '9')
			return false;
		*ret = *ret * 10 + (text->data[i] - '0');
	}
	text->data += digits;
	text->len -= digits;
	return true;
}

static bool
take_one_of(struct bytes *text, const char *set)
{
	if (text->len == 0 || text->data[0] == '\0' ||
	    strchr(set, text->data[0]) == NULL)
		return false;
	text->data++;
	text->len--;
	return true;
}

/* Seconds to subtract. */
static bool
take_zone(struct bytes *text, int *ret)
{
	bool is_minus = text->len > 0 && text->data[0] == '-';
	int hours, minutes;

	*ret = 0;
	if (take_one_of(text, "Zz"))
		return true;
	if (!take_one_of(text, "+-") || !take_number(text, 2, &hours) ||
	    !take_one_of(text, ":") || !take_number(text, 2, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*ret = (hours * 60 + minutes) * 60 * (is_minus ? -1 : 1);
	return true;
}

bool
value_time(struct bytes text, char to[VALUE_TIME_SIZE])
{
	struct tm tm = { 0 };
	int zone, digit;
	time_t at;

	if (!take_number(&text, 4, &tm.tm_year) || !take_one_of(&text, "-") ||
	    !take_number(&text, 2, &tm.tm_mon) || !take_one_of(&text, "-") ||
	    !take_number(&text, 2, &tm.tm_mday) || !take_one_of(&text, "Tt ") ||
	    !take_number(&text, 2, &tm.tm_hour) || !take_one_of(&text, ":") ||
	    !take_number(&text, 2, &tm.tm_min) || !take_one_of(&text, ":") ||
	    !take_number(&text, 2, &tm.tm_sec))
		return false;
	if (take_one_of(&text, "."))
		while (take_number(&text, 1, &digit))
			;
	if (!take_zone(&text, &zone) || text.len > 0 || tm.tm_mon < 1 ||
	    tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	at = timegm(&tm) - zone;
	return gmtime_r(&at, &tm) != NULL &&
	       strftime(to, VALUE_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm) ==
		   VALUE_TIME_SIZE - 1;
}

/* --- SQL to JSON */

static int
print_integer(struct buffer *buffer, sqlite3_int64 value)
{
	char text[24], *at = text + sizeof(text);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) != 0);
	if (value < 0)
		*--at = '-';
	return buffer_append(buffer, (struct bytes){ (uint8_t *)at,
					 (size_t)(text + sizeof(text) - at) });
}

/* The shortest text that reads back as the same, with a sign that it is a
 * real. */
static int
print_real(struct buffer *buffer, double value)
{
	char text[40];
	int digits;

	if (!isfinite(value))
		return buffer_append(buffer, TEXT("null"));
	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	if (strpbrk(text, ".e") == NULL)
		strncat(text, ".0", sizeof(text) - strlen(text) - 1);
	return buffer_append(buffer, bytes_of(text));
}

static struct bytes
column_bytes(sqlite3_stmt *statement, int column, int type)
{
	const uint8_t *data = type == SQLITE_BLOB
				  ? sqlite3_column_blob(statement, column)
				  : sqlite3_column_text(statement, column);

	return (struct bytes){ data,
		data == NULL
		    ? 0
		    : (size_t)sqlite3_column_bytes(statement, column) };
}

int
value_print(
    struct buffer *buffer, sqlite3_stmt *statement, int column, bool is_time)
{
	int type = sqlite3_column_type(statement, column);
	char time_text[VALUE_TIME_SIZE];
	struct bytes text;

	switch (type) {
	case SQLITE_INTEGER:
		return print_integer(
		    buffer, sqlite3_column_int64(statement, column));
	case SQLITE_FLOAT:
		return print_real(
		    buffer, sqlite3_column_double(statement, column));
	case SQLITE_NULL:
		return buffer_append(buffer, TEXT("null"));
	}
	text = column_bytes(statement, column, type);
	if (is_time && type == SQLITE_TEXT && value_time(text, time_text))
		text = bytes_of(time_text);
	return value_print_text(buffer, text);
}

int
value_print_row(
    struct buffer *buffer, sqlite3_stmt *statement, const struct value_row *row)
{
	int rc = buffer_append(buffer, TEXT("{")), i;

	for (i = 0; i < row->count && rc == 0; i++) {
		if (i > 0)
			rc = buffer_append(buffer, TEXT(","));
		if (rc == 0)
			rc = buffer_append(buffer, row->names[i]);
		if (rc == 0)
			rc = value_print(buffer, statement, i,
			    row->is_time != NULL && row->is_time[i]);
	}
	return rc == 0 ? buffer_append(buffer, TEXT("}")) : rc;
}
