/* Whatever a page calls an expression: SQLite must find in it what was found
 * here. Put where the store puts it, what is let through is one statement that
 * reads, without a sub-select, and with as many parameters as were counted. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/sql_fragment.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const statements[] = {
	[SQL_FRAGMENT_WHERE] = "SELECT 1 FROM t WHERE (\n%s\n)",
	[SQL_FRAGMENT_ORDER] = "SELECT 1 FROM t ORDER BY\n%s\nLIMIT 1",
	[SQL_FRAGMENT_EXPR] = "SELECT\n%s\nFROM t",
	[SQL_FRAGMENT_GROUP_BY] = "SELECT 1 FROM t GROUP BY\n%s\nLIMIT 1",
};
enum { KINDS = ARRAY_SIZE(statements) };

static int selects;

static int
authorize(void *arg, int action, const char *first, const char *second,
    const char *database, const char *trigger)
{
	(void)arg;
	(void)second;
	(void)database;
	(void)trigger;
	if (action == SQLITE_SELECT)
		selects++;
	else if (action == SQLITE_READ && strcmp(first, "t") != 0)
		bug("reads %s", first);
	else if (action != SQLITE_READ && action != SQLITE_FUNCTION)
		bug("does %d %s", action, first);
	return SQLITE_OK;
}

static sqlite3 *
database(void)
{
	static sqlite3 *db;

	if (db != NULL)
		return db;
	if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
	    sqlite3_exec(db, "CREATE TABLE t (_id, a, b, c, title, kind, n)",
		NULL, NULL, NULL) != SQLITE_OK)
		bug("no database");
	sqlite3_set_authorizer(db, authorize, NULL);
	return db;
}

/* Quotes and comments of it are closed, and it ends no statement. */
static void
check_end(const char *text)
{
	CLEANUP_FREE char *ended = xasprintf("%s\n;", text);

	if (sqlite3_complete(text) || !sqlite3_complete(ended))
		bug("SQLite sees another end: %s", text);
}

static void
check_statement(const char *sql, size_t placeholders)
{
	sqlite3_stmt *statement = NULL;
	const char *tail = "";

	selects = 0;
	if (sqlite3_prepare_v2(database(), sql, -1, &statement, &tail) !=
	    SQLITE_OK)
		return;
	if (statement == NULL || *tail != '\0' || selects != 1 ||
	    !sqlite3_stmt_readonly(statement))
		bug("not one statement that reads: %s", sql);
	if ((size_t)sqlite3_bind_parameter_count(statement) != placeholders)
		bug("other than %zu parameters: %s", placeholders, sql);
	sqlite3_finalize(statement);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = NULL;
	char sql[SQL_FRAGMENT_MAX + 100];
	enum sql_fragment_kind kind;
	const char *why = NULL;
	size_t placeholders;

	if (size == 0)
		return 0;
	kind = (enum sql_fragment_kind)(data[0] % KINDS);
	text = xstrndup((const char *)data + 1, size - 1);
	if (sql_fragment_check(text, kind, &placeholders, &why) != 0) {
		if (why == NULL)
			bug("refused without a sentence");
		return 0;
	}
	check_end(text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(sql, sizeof(sql), statements[kind], text);
#pragma GCC diagnostic pop
	check_statement(sql, placeholders);
	return 0;
}
