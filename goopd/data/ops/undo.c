/* undo: back from the trash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "goopd/data/ops/schema_ops.h"
#include "goopd/data/ops/trash_row.h"
#include "goopd/data/sql/value.h"
#include "goopd/data/request/json_text.h"

struct entry {
	int64_t id;
	char kind[16];
	char table[IDENTIFIER_MAX + 1];
	char *detail;
};

/* --- rows */

static bool
restore_rows(struct session *session, const struct entry *entry,
    struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, entry->table, answer);
	sqlite3_stmt *rows;
	struct bytes json;
	int rc = SQLITE_OK, step = SQLITE_DONE;

	if (table == NULL)
		return false;
	rows = database_statement(session->database,
	    "SELECT row_json FROM main._trash_rows WHERE trash_id = ?1"
	    " ORDER BY rowid",
	    STATEMENT_STAYS);
	if (rows == NULL) {
		session_fail(session, answer);
		return false;
	}
	sqlite3_bind_int64(rows, 1, entry->id);
	while (rc == SQLITE_OK && (step = sqlite3_step(rows)) == SQLITE_ROW) {
		json.data = sqlite3_column_text(rows, 0);
		json.len = (size_t)sqlite3_column_bytes(rows, 0);
		rc = trash_row_insert(session->database, table, json);
	}
	if (rc == SQLITE_OK && step != SQLITE_DONE)
		rc = step; /* the rest would be lost with the entry */
	if (rc != SQLITE_OK)
		session_fail(session, answer);
	database_release(session->database, rows);
	return rc == SQLITE_OK;
}

/* --- a table */

static bool
restore_table(struct session *session, const struct entry *entry,
    struct data_answer *answer)
{
	static const char *const inserts[] = {
		"INSERT INTO main._tables (name, schema, insert_policy,"
		" created_at) SELECT ?1, coalesce(json_extract(?2, '$.sql'),"
		" ''), coalesce(json_extract(?2, '$.policy'), 'owner'),"
		" json_extract(?2, '$.created')",
		"INSERT INTO main._orm_schemas (table_name, schema_json,"
		" created_at) SELECT ?1, json_extract(?2, '$.orm'),"
		" json_extract(?2, '$.orm_created')"
		" WHERE json_extract(?2, '$.orm') IS NOT NULL",
		"INSERT INTO main._access (table_name, access_json, roles_json)"
		" SELECT ?1, json_extract(?2, '$.access'),"
		" json_extract(?2, '$.roles')",
	};
	size_t i;

	if (!schema_name_is_free(session, entry->table, answer) ||
	    !schema_run(session, answer,
		"ALTER TABLE main._trash_%lld RENAME TO \"%s\"",
		(long long)entry->id, entry->table))
		return false;
	for (i = 0; i < ARRAY_SIZE(inserts); i++)
		if (!schema_run_with(session, answer, inserts[i],
			DATABASE_TEXTS(entry->table, entry->detail)))
			return false;
	return true;
}

/* --- a column */

static bool
restore_typed(struct session *session, const struct catalog_table *table,
    const json_t *typed, struct data_answer *answer)
{
	json_t *schema;
	bool is_good;

	if (table->schema == NULL || !json_is_object(typed))
		return true;
	schema = json_loads(table->schema_text, 0, NULL);
	json_array_append(
	    json_object_get(schema, "columns"), json_shared(typed));
	is_good = schema_store_schema(session, table->name, schema, answer);
	json_decref(schema);
	return is_good;
}

/* What a new column may have: no default that is to be computed. */
static void
print_rule(const json_t *detail, char *rule, size_t size)
{
	bool is_not_null = json_is_true(json_object_get(detail, "not_null"));
	const char *fallback =
	    json_string_value(json_object_get(detail, "default"));

	if (fallback != NULL &&
	    (fallback[0] == '(' || !strncasecmp(fallback, "CURRENT_", 8)))
		fallback = NULL;
	if (fallback == NULL && is_not_null)
		fallback = "''";
	snprintf(rule, size, "%s%s%s", is_not_null ? " NOT NULL" : "",
	    fallback != NULL ? " DEFAULT " : "",
	    fallback != NULL ? fallback : "");
}

static bool
add_column(struct session *session, const struct entry *entry,
    const struct catalog_table *table, const json_t *detail,
    struct data_answer *answer)
{
	const char *name = json_string_value(json_object_get(detail, "column"));
	const char *type = json_string_value(json_object_get(detail, "type"));
	long long id = (long long)entry->id;
	char rule[SCHEMA_TEXT_MAX * 2];

	if (name == NULL || type == NULL || !identifier_is_valid(name))
		return false;
	if (catalog_column(table, name) != NULL) {
		data_answer_fail(
		    answer, BUS_BAD_REQUEST, "column %s already exists", name);
		return false;
	}
	print_rule(detail, rule, sizeof(rule));
	return restore_typed(
		   session, table, json_object_get(detail, "typed"), answer) &&
	       schema_run(session, answer,
		   "ALTER TABLE main.\"%s\" ADD COLUMN \"%s\" %s%s",
		   table->name, name, type, rule) &&
	       schema_run(session, answer,
		   "UPDATE main.\"%s\" SET \"%s\" = (SELECT value FROM"
		   " main._trash_%lld AS t WHERE t.id = \"_id\") WHERE \"_id\""
		   " IN (SELECT id FROM main._trash_%lld);"
		   "DROP TABLE main._trash_%lld",
		   table->name, name, id, id, id);
}

static bool
restore_column(struct session *session, const struct entry *entry,
    struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, entry->table, answer);
	json_t *detail;
	bool is_good;

	if (table == NULL)
		return false;
	detail = json_loads(entry->detail, 0, NULL);
	is_good = add_column(session, entry, table, detail, answer);
	if (!is_good && answer->code == BUS_OK)
		data_answer_fail(answer, BUS_INTERNAL,
		    "the column's definition is not there any more");
	json_decref(detail);
	return is_good;
}

/* --- the operation */

static bool
find_entry(struct session *session, int64_t id, struct entry *entry,
    struct data_answer *answer)
{
	sqlite3_stmt *row = database_statement(session->database,
	    "SELECT kind, table_name, coalesce(detail, '{}') FROM main._trash"
	    " WHERE id = ?1 AND at_ms > ?2",
	    STATEMENT_STAYS);
	int rc;

	if (row == NULL) {
		session_fail(session, answer);
		return false;
	}
	sqlite3_bind_int64(row, 1, id);
	sqlite3_bind_int64(row, 2, session->now_ms - SESSION_DAY_MS);
	rc = sqlite3_step(row);
	if (rc == SQLITE_ROW) {
		entry->id = id;
		snprintf(entry->kind, sizeof(entry->kind), "%s",
		    (const char *)sqlite3_column_text(row, 0));
		snprintf(entry->table, sizeof(entry->table), "%s",
		    (const char *)sqlite3_column_text(row, 1));
		entry->detail =
		    xstrdup((const char *)sqlite3_column_text(row, 2));
	} else if (rc == SQLITE_DONE) {
		data_answer_fail(answer, BUS_NOT_FOUND,
		    "it is not found in the trash any more");
	} else {
		session_fail(session, answer);
	}
	database_release(session->database, row);
	return rc == SQLITE_ROW;
}

static bool
restore(struct session *session, const struct entry *entry,
    struct data_answer *answer)
{
	if (!strcmp(entry->kind, "table"))
		return restore_table(session, entry, answer);
	if (!strcmp(entry->kind, "column"))
		return restore_column(session, entry, answer);
	return restore_rows(session, entry, answer);
}

void
schema_op_undo(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	struct entry entry = { 0 };

	if (find_entry(session, request->id, &entry, answer) &&
	    restore(session, &entry, answer) &&
	    schema_run(session, answer,
		"DELETE FROM main._trash WHERE id = %lld;"
		"DELETE FROM main._trash_rows WHERE trash_id = %lld",
		(long long)entry.id, (long long)entry.id)) {
		buffer_printf(&answer->data,
		    "{\"status\":\"restored\",\"table\":\"%s\"}", entry.table);
		schema_changed(session, entry.table);
	}
	free(entry.detail);
}
