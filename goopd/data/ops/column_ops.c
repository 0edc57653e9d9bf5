/* add-column and drop-column. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/xalloc.h"
#include "goopd/data/ops/schema_ops.h"
#include "goopd/data/schema/sql_type.h"
#include "goopd/data/ops/trash.h"
#include "goopd/data/request/json_text.h"

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
    const json_t *definition, struct data_answer *answer)
{
	struct classic_column column;
	struct buffer sql;
	char *why = NULL;

	if (classic_column_parse(definition, &column, &why) < 0) {
		data_answer_fail(answer, BUS_BAD_REQUEST, "%s", why);
		free(why);
		return;
	}
	if (!column_is_free(table, column.name, answer))
		return;
	if (column.is_not_null && column.fallback[0] == '\0')
		snprintf(column.fallback, sizeof(column.fallback), "''");
	buffer_init(&sql, DATABASE_SQL_MAX);
	classic_column_print(&column, &sql);
	buffer_append(&sql, (struct bytes){ (const uint8_t *)"", 1 });
	schema_run(session, answer, "ALTER TABLE main.\"%s\" ADD COLUMN %s",
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
		    json, "type", json_string(sql_type_word(type)));
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
    const struct schema_column *column, struct data_answer *answer)
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
	schema_run(session, answer,
	    "ALTER TABLE main.\"%s\" ADD COLUMN \"%s\" %s%s", table->name,
	    column->name, type, rule != NULL ? rule : "");
	sqlite3_free(rule);
}

static void
add_typed(struct session *session, const struct catalog_table *table,
    const json_t *definition, struct data_answer *answer)
{
	json_t *json = json_loads(table->schema_text, 0, NULL);
	json_t *column = typed_definition(definition);
	const char *name = json_string_value(json_object_get(column, "name"));
	struct table_schema *schema = NULL;
	char *why = NULL;

	json_array_append(json_object_get(json, "columns"), column);
	if (!column_is_free(table, name, answer))
		;
	else if (table_schema_parse(json, &schema, &why) < 0)
		data_answer_fail(answer, BUS_BAD_REQUEST, "%s", why);
	else if (schema_store_schema(session, table->name, json, answer))
		alter_typed(session, table,
		    &schema->columns[schema->column_count - 1], answer);
	free(why);
	table_schema_free(schema);
	json_decref(column);
	json_decref(json);
}

void
schema_op_add_column(struct session *session,
    const struct data_request *request, struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, request->table, answer);

	if (table == NULL)
		return;
	if (table->schema != NULL)
		add_typed(session, table, request->column_def, answer);
	else
		add_classic(session, table, request->column_def, answer);
	if (answer->code != BUS_OK)
		return;
	buffer_append(&answer->data, bytes_of("{\"status\":\"added\"}"));
	schema_changed(session, table->name);
}

/* --- away with one */

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
    const struct catalog_column *column, json_t *typed,
    struct data_answer *answer)
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
	if (trash_begin(session, "column", table->name, &entry) != SQLITE_OK) {
		session_fail(session, answer);
		return false;
	}
	id = (long long)entry.id;
	snprintf(entry.text, sizeof(entry.text), "%s", column->name);
	if (!schema_run(session, answer,
		"CREATE TABLE main._trash_%lld (id INTEGER PRIMARY KEY, value);"
		"INSERT INTO main._trash_%lld SELECT \"_id\", \"%s\""
		" FROM main.\"%s\" WHERE \"%s\" IS NOT NULL",
		id, id, column->name, table->name, column->name))
		return false;
	entry.rows = sqlite3_changes(session->database->handle);
	if (trash_end(session, &entry, text) == SQLITE_OK)
		return true;
	session_fail(session, answer);
	return false;
}

static bool
drop_column(struct session *session, const struct catalog_table *table,
    const struct catalog_column *column, struct data_answer *answer)
{
	json_t *schema = table->schema == NULL
			     ? NULL
			     : json_loads(table->schema_text, 0, NULL);
	json_t *typed = cut_column(schema, column->name);
	bool is_good = keep_column(session, table, column, typed, answer);

	if (is_good && schema != NULL)
		is_good =
		    schema_store_schema(session, table->name, schema, answer);
	if (is_good)
		is_good = schema_run(session, answer,
		    "ALTER TABLE main.\"%s\" DROP COLUMN \"%s\"", table->name,
		    column->name);
	json_decref(typed);
	json_decref(schema);
	return is_good;
}

void
schema_op_drop_column(struct session *session,
    const struct data_request *request, struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, request->table, answer);
	const struct catalog_column *column;

	if (table == NULL)
		return;
	column = catalog_column(table, request->column);
	if (column == NULL || identifier_is_system_column(column->name)) {
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "invalid column name: %.64s", request->column);
		return;
	}
	if (!drop_column(session, table, column, answer))
		return;
	buffer_append(&answer->data, bytes_of("{\"status\":\"dropped\"}"));
	schema_changed(session, table->name);
}
