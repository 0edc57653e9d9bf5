#include "goopd/data/ops/schema_change.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/xalloc.h"
#include "goopd/data/sql/value.h"

enum { SQL_MAX = 4096 };

bool
schema_run(struct session *session, const char *format, ...)
{
	char sql[SQL_MAX];
	va_list arguments;
	int len, rc = -EIO;

	va_start(arguments, format);
	len = vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	if (len > 0 && (size_t)len < sizeof(sql))
		rc = database_run(session->database, sql);
	return session_check(session, rc);
}

bool
schema_run_with(struct session *session, const char *sql,
    const char *const *texts, size_t count)
{
	return session_check(
	    session, database_run_with(session->database, sql, texts, count));
}

void
schema_changed(struct session *session, const char *table)
{
	snprintf(session->changed, sizeof(session->changed), "%s", table);
}

bool
schema_store(struct session *session, const char *table, const json_t *json)
{
	struct table_schema *schema;
	json_t *printed;
	CLEANUP_FREE char *text = NULL;
	char *why = NULL;

	if (table_schema_parse(json, &schema, &why) < 0) {
		data_answer_fail(session->answer, BUS_BAD_REQUEST, "%s", why);
		free(why);
		return false;
	}
	printed = table_schema_to_json(schema);
	text = json_dumps(printed, JSON_COMPACT);
	json_decref(printed);
	table_schema_free(schema);
	return schema_run_with(session,
	    "INSERT INTO main._orm_schemas (table_name, schema_json)"
	    " VALUES (?1, ?2) ON CONFLICT (table_name)"
	    " DO UPDATE SET schema_json = excluded.schema_json",
	    DATABASE_TEXTS(table, text));
}

/* Is there anything of that name, whether pages know of it or not? */
static bool
is_taken(struct session *session, const char *name)
{
	sqlite3_stmt *row = database_statement(session->database,
	    "SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE",
	    STATEMENT_STAYS);
	bool found = false;

	if (row != NULL) {
		value_bind_text(row, 1, name);
		found = database_step(row) == DATABASE_ROW;
		database_release(session->database, row);
	}
	return found;
}

bool
schema_name_is_free(struct session *session, const char *name)
{
	if (!identifier_is_user_table(name))
		data_answer_fail(session->answer, BUS_BAD_REQUEST,
		    "invalid table name: %.64s", name);
	else if (is_taken(session, name))
		data_answer_fail(session->answer, BUS_BAD_REQUEST,
		    "table %s already exists", name);
	else if (session->catalog->count >= CATALOG_TABLES_MAX)
		data_answer_fail(session->answer, BUS_TOO_LARGE,
		    "there are %d tables: no more", CATALOG_TABLES_MAX);
	return session->answer->code == BUS_OK;
}
