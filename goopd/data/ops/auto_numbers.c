#include "goopd/data/ops/auto_numbers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"
#include "common/base/xalloc.h"

enum { SQL_MAX = 512, REMEMBERED_MAX = 1000 };

struct number_key { /* unused bytes are zero */
	char table[IDENTIFIER_MAX + 1];
	char column[IDENTIFIER_MAX + 1];
};

struct auto_number {
	struct number_key key;
	int64_t last;
	UT_hash_handle hh;
};

static void
forget(struct session *session, struct auto_number *number)
{
	HASH_DEL(session->numbers, number);
	free(number);
}

void
auto_numbers_forget(struct session *session, const char *table)
{
	struct auto_number *number, *next;

	HASH_ITER (hh, session->numbers, number, next)
		if (table == NULL || !strcmp(number->key.table, table))
			forget(session, number);
}

/* The largest that is there; a text counts for nothing. */
static int64_t
look_up(struct session *session, const struct number_key *key)
{
	sqlite3_stmt *row;
	char sql[SQL_MAX];
	int64_t last = -EIO;

	snprintf(sql, sizeof(sql),
	    "SELECT max(\"%s\") FROM main.\"%s\""
	    " WHERE typeof(\"%s\") IN ('integer', 'real')",
	    key->column, key->table, key->column);
	row = database_statement(session->database, sql, STATEMENT_PASSES);
	if (row == NULL)
		return -EIO;
	if (database_step(row) == DATABASE_ROW)
		last = sqlite3_column_int64(row, 0);
	database_release(session->database, row);
	return last < 0 && last != -EIO ? 0 : last;
}

int64_t
auto_numbers_next(struct session *session, const struct catalog_table *table,
    const char *column)
{
	struct number_key key = { 0 };
	struct auto_number *number;
	int64_t last;

	snprintf(key.table, sizeof(key.table), "%s", table->name);
	snprintf(key.column, sizeof(key.column), "%s", column);
	HASH_FIND(hh, session->numbers, &key, sizeof(key), number);
	if (number == NULL) {
		last = look_up(session, &key);
		if (last < 0)
			return last;
		if (HASH_COUNT(session->numbers) >= REMEMBERED_MAX)
			auto_numbers_forget(session, NULL);
		number = xzalloc(sizeof(*number));
		number->key = key;
		number->last = last;
		HASH_ADD(
		    hh, session->numbers, key, sizeof(number->key), number);
	}
	return number->last == INT64_MAX ? -ERANGE : ++number->last;
}
