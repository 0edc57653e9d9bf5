#include "goopd/data/ops/schema_ops.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/migration.h"
#include "goopd/data/ops/op_table.h"
#include "goopd/data/ops/trash.h"
#include "goopd/data/sql/value.h"
#include "goopd/data/request/json_text.h"

enum { SQL_MAX = 4096 };

/* --- what they share */

bool
schema_run(struct session *session, struct data_answer *answer,
    const char *format, ...)
{
	char sql[SQL_MAX];
	va_list arguments;
	int len, rc = SQLITE_TOOBIG;

	va_start(arguments, format);
	len = vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	if (len > 0 && (size_t)len < sizeof(sql))
		rc = database_run(session->database, sql);
	if (rc != SQLITE_OK)
		session_fail(session, answer);
	return rc == SQLITE_OK;
}

bool
schema_run_with(struct session *session, struct data_answer *answer,
    const char *sql, const char *const *texts, size_t count)
{
	if (database_run_with(session->database, sql, texts, count) ==
	    SQLITE_OK)
		return true;
	session_fail(session, answer);
	return false;
}

void
schema_changed(struct session *session, const char *table)
{
	snprintf(session->changed, sizeof(session->changed), "%s", table);
}

bool
schema_store_schema(struct session *session, const char *table,
    const json_t *json, struct data_answer *answer)
{
	struct table_schema *schema;
	json_t *printed;
	CLEANUP_FREE char *text = NULL;
	char *why = NULL;

	if (table_schema_parse(json, &schema, &why) < 0) {
		data_answer_fail(answer, BUS_BAD_REQUEST, "%s", why);
		free(why);
		return false;
	}
	printed = table_schema_to_json(schema);
	text = json_dumps(printed, JSON_COMPACT);
	json_decref(printed);
	table_schema_free(schema);
	return schema_run_with(session, answer,
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
		found = sqlite3_step(row) == SQLITE_ROW;
		database_release(session->database, row);
	}
	return found;
}

bool
schema_name_is_free(
    struct session *session, const char *name, struct data_answer *answer)
{
	if (!identifier_is_user_table(name))
		data_answer_fail(
		    answer, BUS_BAD_REQUEST, "invalid table name: %.64s", name);
	else if (is_taken(session, name))
		data_answer_fail(
		    answer, BUS_BAD_REQUEST, "table %s already exists", name);
	else if (session->catalog->count >= CATALOG_TABLES_MAX)
		data_answer_fail(answer, BUS_TOO_LARGE,
		    "there are %d tables: no more", CATALOG_TABLES_MAX);
	return answer->code == BUS_OK;
}

/* --- a new table */

static bool
make_table(struct session *session, const char *name, struct buffer *create,
    const char *policy, struct data_answer *answer)
{
	const char *sql = (const char *)buffer_bytes(create).data;

	if (database_run(session->database, sql) != SQLITE_OK ||
	    migration_index_owner(session->database, name) != SQLITE_OK) {
		session_fail(session, answer);
		return false;
	}
	return schema_run_with(session, answer,
	    "INSERT INTO main._tables (name, schema, insert_policy, created_at)"
	    " VALUES (?1, ?2, ?3, CURRENT_TIMESTAMP) ON CONFLICT (name) DO"
	    " UPDATE SET schema = excluded.schema,"
	    " insert_policy = excluded.insert_policy,"
	    " created_at = excluded.created_at",
	    DATABASE_TEXTS(name, sql, policy));
}

/* The request's schema, or one made of its name and columns. */
static json_t *
schema_of(const struct data_request *request)
{
	json_t *json;

	if (request->schema != NULL)
		json = json_copy(json_shared(request->schema));
	else
		json = json_pack("{s:O}", "columns", request->column_defs);
	if (request->table != NULL)
		json_object_set_new(json, "name", json_string(request->table));
	if (request->access != NULL)
		json_object_set(json, "access", json_shared(request->access));
	if (request->roles != NULL)
		json_object_set(json, "roles", json_shared(request->roles));
	return json;
}

static void
create_typed(struct session *session, const struct data_request *request,
    const char *policy, char name[IDENTIFIER_MAX + 1],
    struct data_answer *answer)
{
	json_t *json = schema_of(request);
	struct table_schema *schema = NULL;
	struct buffer sql;
	char *why = NULL;

	buffer_init(&sql, DATABASE_SQL_MAX);
	if (table_schema_parse(json, &schema, &why) < 0) {
		data_answer_fail(answer, BUS_BAD_REQUEST, "%s", why);
	} else if (schema_name_is_free(session, schema->name, answer)) {
		memcpy(name, schema->name, IDENTIFIER_MAX + 1);
		table_schema_print_create(schema, &sql);
		buffer_append(&sql, (struct bytes){ (const uint8_t *)"", 1 });
		if (make_table(session, name, &sql, policy, answer))
			schema_store_schema(session, name, json, answer);
	}
	free(why);
	buffer_fini(&sql);
	table_schema_free(schema);
	json_decref(json);
}

/* False with a refusal. */
static bool
print_classic(const struct data_request *request, struct buffer *sql,
    struct data_answer *answer)
{
	size_t count = json_array_size(request->column_defs), i;
	CLEANUP_FREE struct classic_column *columns = NULL;
	char *why = NULL;

	if (count > SCHEMA_COLUMNS_MAX) {
		data_answer_fail(
		    answer, BUS_BAD_REQUEST, "there are too many columns");
		return false;
	}
	columns = xzalloc((count + 1) * sizeof(*columns));
	for (i = 0; i < count; i++)
		if (classic_column_parse(
			json_array_get(request->column_defs, i), &columns[i],
			&why) < 0) {
			data_answer_fail(answer, BUS_BAD_REQUEST, "%s", why);
			free(why);
			return false;
		}
	if (classic_table_print_create(request->table, columns, count, sql) <
		0 ||
	    buffer_append(sql, (struct bytes){ (const uint8_t *)"", 1 }) < 0)
		data_answer_fail(answer, BUS_TOO_LARGE,
		    "the table's definition is too long");
	return answer->code == BUS_OK;
}

static void
create_classic(struct session *session, const struct data_request *request,
    const char *policy, struct data_answer *answer)
{
	struct buffer sql;

	buffer_init(&sql, DATABASE_SQL_MAX);
	if (schema_name_is_free(session, request->table, answer) &&
	    print_classic(request, &sql, answer))
		make_table(session, request->table, &sql, policy, answer);
	buffer_fini(&sql);
}

static void
op_create_table(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	const char *policy =
	    request->policy != NULL ? request->policy : "owner";
	bool is_typed =
	    request->schema != NULL || columns_are_typed(request->column_defs);
	char name[IDENTIFIER_MAX + 1] = "";
	enum table_level level;

	if (!table_level_parse(policy, &level)) {
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "policy must be owner, open, group or local");
		return;
	}
	if (is_typed) {
		create_typed(session, request, policy, name, answer);
	} else {
		snprintf(name, sizeof(name), "%s", request->table);
		create_classic(session, request, policy, answer);
	}
	if (answer->code != BUS_OK)
		return;
	buffer_printf(&answer->data,
	    "{\"status\":\"created\",\"table\":\"%s\",\"mode\":\"%s\"}", name,
	    is_typed ? "orm" : "classic");
	schema_changed(session, name);
}

/* --- another name */

static bool
rename_schema(struct session *session, const struct catalog_table *table,
    const char *name, struct data_answer *answer)
{
	json_t *json;
	bool is_good;

	if (table->schema == NULL)
		return true;
	json = json_loads(table->schema_text, 0, NULL);
	json_object_set_new(json, "name", json_string(name));
	is_good = schema_store_schema(session, name, json, answer) &&
		  schema_run_with(session, answer,
		      "DELETE FROM main._orm_schemas WHERE table_name = ?1",
		      DATABASE_TEXTS(table->name));
	json_decref(json);
	return is_good;
}

static bool
rename_all(struct session *session, const struct catalog_table *table,
    const char *name, struct data_answer *answer)
{
	static const char *const updates[] = {
		"UPDATE main._tables SET name = ?2, schema = coalesce((SELECT"
		" sql FROM main.sqlite_schema WHERE name = ?2), schema)"
		" WHERE name = ?1",
		"UPDATE main._access SET table_name = ?2 WHERE table_name = ?1",
		"UPDATE main._trash SET table_name = ?2"
		" WHERE table_name = ?1 AND kind <> 'table'",
	};
	size_t i;

	if (!schema_run(session, answer,
		"ALTER TABLE main.\"%s\" RENAME TO \"%s\"", table->name, name))
		return false;
	for (i = 0; i < ARRAY_SIZE(updates); i++)
		if (!schema_run_with(session, answer, updates[i],
			DATABASE_TEXTS(table->name, name)))
			return false;
	return rename_schema(session, table, name, answer);
}

static void
op_rename_table(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, request->old_name, answer);

	if (table == NULL ||
	    !schema_name_is_free(session, request->new_name, answer) ||
	    !rename_all(session, table, request->new_name, answer))
		return;
	buffer_printf(&answer->data,
	    "{\"status\":\"renamed\",\"new_name\":\"%s\"}", request->new_name);
	schema_changed(session, request->new_name);
}

/* --- away with it */

/* What the system tables know of it, for undo. */
static char *
describe_table(struct session *session, const char *name)
{
	sqlite3_stmt *row = database_statement(session->database,
	    "SELECT json_object('sql', t.schema, 'policy', t.insert_policy,"
	    " 'created', t.created_at, 'orm', o.schema_json,"
	    " 'orm_created', o.created_at,"
	    " 'access', a.access_json, 'roles', a.roles_json)"
	    " FROM (SELECT ?1 AS name) AS n"
	    " LEFT JOIN main._tables AS t ON t.name = n.name"
	    " LEFT JOIN main._orm_schemas AS o ON o.table_name = n.name"
	    " LEFT JOIN main._access AS a ON a.table_name = n.name",
	    STATEMENT_STAYS);
	char *text = NULL;

	if (row == NULL)
		return NULL;
	value_bind_text(row, 1, name);
	if (sqlite3_step(row) == SQLITE_ROW)
		text = xstrdup((const char *)sqlite3_column_text(row, 0));
	database_release(session->database, row);
	return text;
}

/* The table stays under another name until it is purged. */
static bool
move_to_trash(struct session *session, const struct catalog_table *table,
    struct data_answer *answer)
{
	CLEANUP_FREE char *detail = describe_table(session, table->name);
	char sql[SQL_MAX];
	struct trash_entry entry;

	if (detail == NULL ||
	    trash_begin(session, "table", table->name, &entry) != SQLITE_OK) {
		session_fail(session, answer);
		return false;
	}
	snprintf(entry.text, sizeof(entry.text), "%s", table->name);
	snprintf(
	    sql, sizeof(sql), "SELECT count(*) FROM main.\"%s\"", table->name);
	entry.rows = database_number(session->database, sql);
	if (!schema_run(session, answer,
		"ALTER TABLE main.\"%s\" RENAME TO _trash_%lld", table->name,
		(long long)entry.id))
		return false;
	if (trash_end(session, &entry, detail) == SQLITE_OK)
		return true;
	session_fail(session, answer);
	return false;
}

static void
op_delete_table(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	static const char *const deletes[] = {
		"DELETE FROM main._tables WHERE name = ?1",
		"DELETE FROM main._orm_schemas WHERE table_name = ?1",
		"DELETE FROM main._access WHERE table_name = ?1",
	};
	const struct catalog_table *table =
	    session_find(session, request->table, answer);
	size_t i;

	if (table == NULL || !move_to_trash(session, table, answer))
		return;
	for (i = 0; i < ARRAY_SIZE(deletes); i++)
		if (!schema_run_with(session, answer, deletes[i],
			DATABASE_TEXTS(table->name)))
			return;
	buffer_printf(&answer->data,
	    "{\"status\":\"deleted\",\"table\":\"%s\"}", table->name);
	schema_changed(session, table->name);
}

void
schema_op_run(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	static const struct op_row ops[] = {
		{ DATA_CREATE_TABLE, op_create_table },
		{ DATA_ADD_COLUMN, schema_op_add_column },
		{ DATA_DROP_COLUMN, schema_op_drop_column },
		{ DATA_RENAME_TABLE, op_rename_table },
		{ DATA_DELETE_TABLE, op_delete_table },
		{ DATA_SET_POLICY, schema_op_set_policy },
		{ DATA_SET_ACCESS, schema_op_set_access },
		{ DATA_SET_ROLES, schema_op_set_roles },
		{ DATA_UNDO, schema_op_undo },
	};

	op_table_run(ops, ARRAY_SIZE(ops), session, request, answer);
}
