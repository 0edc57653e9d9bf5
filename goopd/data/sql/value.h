/*
 * value: between JSON and SQLite. Integers bind as integers, reals as doubles,
 * booleans as 0 and 1, texts as TEXT (in a BLOB column: as their bytes). Back:
 * numbers, texts, and blobs as texts of their bytes; what is no UTF-8 in there
 * becomes U+FFFD, what is no finite number null. Rows are printed straight into
 * the answer.
 */
#ifndef GOOPD_DATA_SQL_VALUE_H
#define GOOPD_DATA_SQL_VALUE_H

#include <jansson.h>
#include <sqlite3.h>

#include "common/base/buffer.h"

/* Bind value (borrowed until the reset) as parameter `at`, counted from 1. 0,
 * or -EINVAL for what is no scalar, or -ENOMEM. */
int value_bind(
    sqlite3_stmt *, int at, const json_t *value, bool is_blob_column);
int value_bind_text(sqlite3_stmt *, int at, const char *text);

/* Append as a JSON string. All of these: -ENOBUFS if it does not fit. */
int value_print_text(struct buffer *, struct bytes text);

/* Append a column of the present row. is_time: RFC 3339 text is shown as
 * "YYYY-MM-DD HH:MM:SS", UTC. */
int value_print(struct buffer *, sqlite3_stmt *, int column, bool is_time);

/* Append the row as an object: names are JSON texts with quotes and a colon,
 * is_time may be NULL. */
struct value_row {
	int count;
	const struct bytes *names; /* "\"title\":" */
	const bool *is_time;
};
int value_print_row(struct buffer *, sqlite3_stmt *, const struct value_row *);

/* RFC 3339 to "YYYY-MM-DD HH:MM:SS" in UTC; false if it is none. */
enum { VALUE_TIME_SIZE = 20 };
bool value_time(struct bytes text, char to[VALUE_TIME_SIZE]);

#endif
