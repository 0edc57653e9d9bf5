#include "goopd/data/ops/schema_ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "goopd/data/ops/schema_change.h"
#include "goopd/data/ops/trash.h"
#include "goopd/data/schema/table_sql.h"
#include "goopd/data/sql/migration.h"
#include "goopd/data/sql/value.h"
#include "goopd/data/sql/json_text.h"

enum { SQL_MAX = 4096 };

/* --- a new table */

static bool
make_table(struct session *session, const char *name, struct buffer *create,
    const char *policy)
{
	const char *sql = (const char *)buffer_bytes(create).data;

	if (database_run(session->database, sql) < 0 ||
	    migration_index_owner(session->database, name) < 0) {
		session_fail(session);
		return false;
	}
	return schema_run_with(session,
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
    const char *policy, char name[IDENTIFIER_MAX + 1])
{
	json_t *json = schema_of(request);
	struct table_schema *schema = NULL;
	struct buffer sql;
	char *why = NULL;

	buffer_init(&sql, DATABASE_SQL_MAX);
	if (table_schema_parse(json, &schema, &why) < 0) {
		data_answer_fail(session->answer, BUS_BAD_REQUEST, "%s", why);
	} else if (schema_name_is_free(session, schema->name)) {
		memcpy(name, schema->name, IDENTIFIER_MAX + 1);
		table_schema_print_create(schema, &sql);
		buffer_append(&sql, (struct bytes){ (const uint8_t *)"", 1 });
		if (make_table(session, name, &sql, policy))
			schema_store(session, name, json);
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
    const char *policy)
{
	struct buffer sql;

	buffer_init(&sql, DATABASE_SQL_MAX);
	if (schema_name_is_free(session, request->table) &&
	    print_classic(request, &sql, session->answer))
		make_table(session, request->table, &sql, policy);
	buffer_fini(&sql);
}

void
data_op_create_table(
    struct session *session, const struct data_request *request)
{
	const char *policy =
	    request->policy != NULL ? request->policy : "owner";
	bool is_typed =
	    request->schema != NULL || columns_are_typed(request->column_defs);
	char name[IDENTIFIER_MAX + 1] = "";
	enum table_level level;

	if (!table_level_parse(policy, &level)) {
		data_answer_fail(session->answer, BUS_BAD_REQUEST,
		    "policy must be owner, open, group or local");
		return;
	}
	if (is_typed) {
		create_typed(session, request, policy, name);
	} else {
		snprintf(name, sizeof(name), "%s", request->table);
		create_classic(session, request, policy);
	}
	if (session->answer->code != BUS_OK)
		return;
	buffer_printf(&session->answer->data,
	    "{\"status\":\"created\",\"table\":\"%s\",\"mode\":\"%s\"}", name,
	    is_typed ? "orm" : "classic");
	schema_changed(session, name);
}

/* --- a table renamed */

static bool
rename_schema(struct session *session, const struct catalog_table *table,
    const char *name)
{
	json_t *json;
	bool is_good;

	if (table->schema == NULL)
		return true;
	json = json_loads(table->schema_text, 0, NULL);
	json_object_set_new(json, "name", json_string(name));
	is_good = schema_store(session, name, json) &&
		  schema_run_with(session,
		      "DELETE FROM main._orm_schemas WHERE table_name = ?1",
		      DATABASE_TEXTS(table->name));
	json_decref(json);
	return is_good;
}

static bool
rename_all(struct session *session, const struct catalog_table *table,
    const char *name)
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

	if (!schema_run(session, "ALTER TABLE main.\"%s\" RENAME TO \"%s\"",
		table->name, name))
		return false;
	for (i = 0; i < ARRAY_SIZE(updates); i++)
		if (!schema_run_with(
			session, updates[i], DATABASE_TEXTS(table->name, name)))
			return false;
	return rename_schema(session, table, name);
}

void
data_op_rename_table(
    struct session *session, const struct data_request *request)
{
	const struct catalog_table *table =
	    session_find(session, request->old_name);

	if (table == NULL || !schema_name_is_free(session, request->new_name) ||
	    !rename_all(session, table, request->new_name))
		return;
	buffer_printf(&session->answer->data,
	    "{\"status\":\"renamed\",\"new_name\":\"%s\"}", request->new_name);
	schema_changed(session, request->new_name);
}

/* --- a table deleted */

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
	if (database_step(row) == DATABASE_ROW)
		text = xstrdup((const char *)sqlite3_column_text(row, 0));
	database_release(session->database, row);
	return text;
}

/* The table stays under another name until it is purged. */
static bool
move_to_trash(struct session *session, const struct catalog_table *table)
{
	CLEANUP_FREE char *detail = describe_table(session, table->name);
	char sql[SQL_MAX];
	struct trash_entry entry;

	if (detail == NULL) {
		session_fail(session);
		return false;
	}
	if (!trash_begin(session, "table", table->name, &entry))
		return false;
	snprintf(entry.text, sizeof(entry.text), "%s", table->name);
	snprintf(
	    sql, sizeof(sql), "SELECT count(*) FROM main.\"%s\"", table->name);
	entry.rows = database_number(session->database, sql);
	return schema_run(session,
		   "ALTER TABLE main.\"%s\" RENAME TO _trash_%lld", table->name,
		   (long long)entry.id) &&
	       trash_end(session, &entry, detail);
}

void
data_op_delete_table(
    struct session *session, const struct data_request *request)
{
	static const char *const deletes[] = {
		"DELETE FROM main._tables WHERE name = ?1",
		"DELETE FROM main._orm_schemas WHERE table_name = ?1",
		"DELETE FROM main._access WHERE table_name = ?1",
	};
	const struct catalog_table *table =
	    session_find(session, request->table);
	size_t i;

	if (table == NULL || !move_to_trash(session, table))
		return;
	for (i = 0; i < ARRAY_SIZE(deletes); i++)
		if (!schema_run_with(
			session, deletes[i], DATABASE_TEXTS(table->name)))
			return;
	buffer_printf(&session->answer->data,
	    "{\"status\":\"deleted\",\"table\":\"%s\"}", table->name);
	schema_changed(session, table->name);
}

/* --- a new column */

static bool
column_is_free(const struct catalog_table *table, const char *name,
    struct data_answer *answer)
{
	if (name == NULL || !identifier_is_valid(name) ||
	    identifier_is_system_column(name))
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "invalid column name: %.64s", name != NULL ? name : "");
	else if (catalog_column(table, name) != NULL)
		data_answer_fail(
		    answer, BUS_BAD_REQUEST, "column %s already exists", name);
	return answer->code == BUS_OK;
}

/* SQLite wants a default where rows may be there already. */
static void
add_classic(struct session *session, const struct catalog_table *table,
    const json_t *definition)
{
	struct classic_column column;
	struct buffer sql;
	char *why = NULL;

	if (classic_column_parse(definition, &column, &why) < 0) {
		data_answer_fail(session->answer, BUS_BAD_REQUEST, "%s", why);
		free(why);
		return;
	}
	if (!column_is_free(table, column.name, session->answer))
		return;
	if (column.is_not_null && column.fallback[0] == '\0')
		snprintf(column.fallback, sizeof(column.fallback), "''");
	buffer_init(&sql, DATABASE_SQL_MAX);
	classic_column_print(&column, &sql);
	buffer_append(&sql, (struct bytes){ (const uint8_t *)"", 1 });
	schema_run(session, "ALTER TABLE main.\"%s\" ADD COLUMN %s",
	    table->name, (const char *)buffer_bytes(&sql).data);
	buffer_fini(&sql);
}

/* A ColumnDef becomes a typed column: its type a word of ours. */
static json_t *
typed_definition(const json_t *definition)
{
	json_t *json = json_copy(json_shared(definition));
	const char *type = json_string_value(json_object_get(json, "type"));

	if (type != NULL)
		json_object_set_new(
		    json, "type", json_string(column_type_of_sql(type)));
	if (json_is_true(json_object_get(json, "not_null")))
		json_object_set_new(json, "required", json_true());
	json_object_del(json, "not_null");
	return json;
}

static const char *
sql_of_type(enum column_type type)
{
	static const char *const types[] = {
#define SQL(name, word, sql) sql,
		COLUMN_TYPES(SQL)
	};

	return types[type];
}

static void
alter_typed(struct session *session, const struct catalog_table *table,
    const struct schema_column *column)
{
	const char *type = sql_of_type(column->type);
	bool is_number = !strcmp(type, "INTEGER") || !strcmp(type, "REAL");
	char *rule = sqlite3_mprintf("%s", "");

	if (column->is_key || column->is_required) {
		sqlite3_free(rule);
		rule = column->fallback != NULL
			   ? sqlite3_mprintf(
				 " NOT NULL DEFAULT %Q", column->fallback)
			   : sqlite3_mprintf(" NOT NULL DEFAULT %s",
				 is_number ? "0" : "''");
	}
	schema_run(session, "ALTER TABLE main.\"%s\" ADD COLUMN \"%s\" %s%s",
	    table->name, column->name, type, rule != NULL ? rule : "");
	sqlite3_free(rule);
}

static void
add_typed(struct session *session, const struct catalog_table *table,
    const json_t *definition)
{
	json_t *json = json_loads(table->schema_text, 0, NULL);
	json_t *column = typed_definition(definition);
	const char *name = json_string_value(json_object_get(column, "name"));
	struct table_schema *schema = NULL;
	char *why = NULL;

	json_array_append(json_object_get(json, "columns"), column);
	if (!column_is_free(table, name, session->answer))
		;
	else if (table_schema_parse(json, &schema, &why) < 0)
		data_answer_fail(session->answer, BUS_BAD_REQUEST, "%s", why);
	else if (schema_store(session, table->name, json))
		alter_typed(
		    session, table, &schema->columns[schema->column_count - 1]);
	free(why);
	table_schema_free(schema);
	json_decref(column);
	json_decref(json);
}

void
data_op_add_column(struct session *session, const struct data_request *request)
{
	const struct catalog_table *table =
	    session_find(session, request->table);

	if (table == NULL)
		return;
	if (table->schema != NULL)
		add_typed(session, table, request->column_def);
	else
		add_classic(session, table, request->column_def);
	if (session->answer->code != BUS_OK)
		return;
	buffer_append(
	    &session->answer->data, bytes_of("{\"status\":\"added\"}"));
	schema_changed(session, table->name);
}

/* --- a column dropped */

/* Takes the column out of the schema's JSON; a new reference, NULL if it is not
 * there. */
static json_t *
cut_column(json_t *schema, const char *name)
{
	json_t *columns = json_object_get(schema, "columns"), *column;
	const char *its;
	size_t i;

	json_array_foreach(columns, i, column)
	{
		its = json_string_value(json_object_get(column, "name"));
		if (its != NULL && !strcasecmp(its, name)) {
			json_incref(column);
			json_array_remove(columns, i);
			return column;
		}
	}
	return NULL;
}

/* Its values by _id, and what it was. */
static bool
keep_column(struct session *session, const struct catalog_table *table,
    const struct catalog_column *column, json_t *typed)
{
	json_t *detail = json_pack("{s:s, s:s, s:b, s:s?, s:O?}", "column",
	    column->name, "type", column->type, "not_null", column->is_not_null,
	    "default", column->fallback, "typed", typed);
	CLEANUP_FREE char *text = json_dumps(detail, JSON_COMPACT);
	struct trash_entry entry;
	long long id;

	json_decref(detail);
	if (!table->has_id)
		return true;
	if (!trash_begin(session, "column", table->name, &entry))
		return false;
	id = (long long)entry.id;
	snprintf(entry.text, sizeof(entry.text), "%s", column->name);
	if (!schema_run(session,
		"CREATE TABLE main._trash_%lld (id INTEGER PRIMARY KEY, value);"
		"INSERT INTO main._trash_%lld SELECT \"_id\", \"%s\""
		" FROM main.\"%s\" WHERE \"%s\" IS NOT NULL",
		id, id, column->name, table->name, column->name))
		return false;
	entry.rows = sqlite3_changes(session->database->handle);
	return trash_end(session, &entry, text);
}

static bool
drop_column(struct session *session, const struct catalog_table *table,
    const struct catalog_column *column)
{
	json_t *schema = table->schema == NULL
			     ? NULL
			     : json_loads(table->schema_text, 0, NULL);
	json_t *typed = cut_column(schema, column->name);
	bool is_good = keep_column(session, table, column, typed);

	if (is_good && schema != NULL)
		is_good = schema_store(session, table->name, schema);
	if (is_good)
		is_good = schema_run(session,
		    "ALTER TABLE main.\"%s\" DROP COLUMN \"%s\"", table->name,
		    column->name);
	json_decref(typed);
	json_decref(schema);
	return is_good;
}

void
data_op_drop_column(struct session *session, const struct data_request *request)
{
	const struct catalog_table *table =
	    session_find(session, request->table);
	const struct catalog_column *column;

	if (table == NULL)
		return;
	column = catalog_column(table, request->column);
	if (column == NULL || identifier_is_system_column(column->name)) {
		data_answer_fail(session->answer, BUS_BAD_REQUEST,
		    "invalid column name: %.64s", request->column);
		return;
	}
	if (!drop_column(session, table, column))
		return;
	buffer_append(
	    &session->answer->data, bytes_of("{\"status\":\"dropped\"}"));
	schema_changed(session, table->name);
}

/* --- rights: in the schema of a typed table, as in the original; else in
 * `_access` */

/* A new schema text: key set to value, or gone with NULL. */
static bool
change_schema(struct session *session, const struct catalog_table *table,
    const char *key, const json_t *value)
{
	json_t *json = json_loads(table->schema_text, 0, NULL);
	bool is_good;

	if (value == NULL)
		json_object_del(json, key);
	else
		json_object_set(json, key, json_shared(value));
	is_good = schema_store(session, table->name, json);
	json_decref(json);
	return is_good;
}

/* Checked as part of a schema. */
static bool
are_fit(const struct catalog_table *table, const char *key, const json_t *value,
    struct data_answer *answer)
{
	json_t *json = json_pack("{s:s, s:[{s:s, s:s}], s:b, s:O}", "name",
	    table->name, "columns", "name", "any", "type", "text", "system_key",
	    1, key, value);
	struct table_schema *schema = NULL;
	char *why = NULL;
	bool is_good = table_schema_parse(json, &schema, &why) == 0;

	if (!is_good)
		data_answer_fail(answer, BUS_BAD_REQUEST, "%s", why);
	free(why);
	table_schema_free(schema);
	json_decref(json);
	return is_good;
}

static bool
change_classic(struct session *session, const struct catalog_table *table,
    const char *key, const json_t *value)
{
	const char *sql = !strcmp(key, "access")
			      ? "INSERT INTO main._access (table_name,"
				" access_json) VALUES (?1, ?2) ON CONFLICT"
				" (table_name) DO UPDATE"
				" SET access_json = excluded.access_json"
			      : "INSERT INTO main._access (table_name,"
				" roles_json) VALUES (?1, ?2) ON CONFLICT"
				" (table_name) DO UPDATE"
				" SET roles_json = excluded.roles_json";
	CLEANUP_FREE char *text = NULL;

	if (value != NULL && !are_fit(table, key, value, session->answer))
		return false;
	if (value != NULL)
		text = json_dumps(value, JSON_COMPACT);
	return schema_run_with(session, sql, DATABASE_TEXTS(table->name, text));
}

/* key is "access" or "roles". False with a refusal. */
static bool
change(struct session *session, const struct catalog_table *table,
    const char *key, const json_t *value)
{
	return table->schema != NULL
		   ? change_schema(session, table, key, value)
		   : change_classic(session, table, key, value);
}

void
data_op_set_policy(struct session *session, const struct data_request *request)
{
	const struct catalog_table *table =
	    session_find(session, request->table);
	enum table_level level;

	if (table == NULL)
		return;
	if (!table_level_parse(request->policy, &level)) {
		data_answer_fail(session->answer, BUS_BAD_REQUEST,
		    "policy must be owner, open, group or local");
		return;
	}
	/* It counts from now on, whatever was set in detail before. */
	if (!schema_run_with(session,
		"INSERT INTO main._tables (name, schema, insert_policy)"
		" VALUES (?1, '', ?2) ON CONFLICT (name)"
		" DO UPDATE SET insert_policy = excluded.insert_policy",
		DATABASE_TEXTS(table->name, request->policy)) ||
	    !change(session, table, "access", NULL))
		return;
	buffer_printf(&session->answer->data,
	    "{\"status\":\"updated\",\"policy\":\"%s\"}", request->policy);
	schema_changed(session, table->name);
}

/* All four, those that are not given as they are; NULL with a refusal. */
static json_t *
complete_access(const struct catalog_table *table, const json_t *given,
    struct data_answer *answer)
{
	json_t *access = json_object(), *value;
	unsigned int right; /* enum table_right */
	const char *key;

	for (right = 0; right < RIGHTS; right++)
		json_object_set_new(access, table_right_name(right),
		    json_string(table_level_name(table->access.level[right])));
	json_object_foreach(json_shared(given), key, value)
	{
		if (json_object_get(access, key) == NULL) {
			data_answer_fail(answer, BUS_BAD_REQUEST,
			    "access: there is no right %.64s", key);
			json_decref(access);
			return NULL;
		}
		json_object_set(access, key, value);
	}
	return access;
}

static void
tell_updated(struct session *session, const struct catalog_table *table)
{
	buffer_append(
	    &session->answer->data, bytes_of("{\"status\":\"updated\"}"));
	schema_changed(session, table->name);
}

void
data_op_set_access(struct session *session, const struct data_request *request)
{
	const struct catalog_table *table =
	    session_find(session, request->table);
	json_t *access;

	if (table == NULL)
		return;
	access = complete_access(table, request->access, session->answer);
	if (access != NULL && change(session, table, "access", access))
		tell_updated(session, table);
	json_decref(access);
}

void
data_op_set_roles(struct session *session, const struct data_request *request)
{
	const struct catalog_table *table =
	    session_find(session, request->table);

	if (table != NULL && change(session, table, "roles", request->roles))
		tell_updated(session, table);
}

void
data_op_undo(struct session *session, const struct data_request *request)
{
	char table[IDENTIFIER_MAX + 1];

	if (!trash_restore(session, request->id, table))
		return;
	buffer_printf(&session->answer->data,
	    "{\"status\":\"restored\",\"table\":\"%s\"}", table);
	schema_changed(session, table);
}
