#include "goopd/data/schema/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/xalloc.h"
#include "goopd/data/sql/identifier.h"
#include "goopd/data/sql/value.h"
#include "proto/field.h"

/* Tables of either kind that are there; views and virtual ones are none. */
static const char tables_sql[] =
    "SELECT n.name, coalesce(t.insert_policy, 'owner'),"
    " coalesce(t.created_at, o.created_at), o.schema_json,"
    " a.access_json, a.roles_json"
    " FROM (SELECT name FROM main._tables UNION"
    "  SELECT table_name FROM main._orm_schemas) AS n"
    " JOIN main.sqlite_schema AS s ON s.type = 'table' AND s.name = n.name"
    " AND s.rootpage > 0"
    " LEFT JOIN main._tables AS t ON t.name = n.name"
    " LEFT JOIN main._orm_schemas AS o ON o.table_name = n.name"
    " LEFT JOIN main._access AS a ON a.table_name = n.name"
    " ORDER BY n.name COLLATE BINARY";

static const char columns_sql[] =
    "SELECT name, type, \"notnull\", dflt_value, pk"
    " FROM pragma_table_info(?1, 'main') ORDER BY cid";

static const char group_sql[] =
    "SELECT id FROM main._groups WHERE id = (SELECT value FROM main._meta"
    "  WHERE key = 'template_group_id') OR group_type = 'template'"
    " ORDER BY id = (SELECT value FROM main._meta"
    "  WHERE key = 'template_group_id') DESC, created_at, rowid LIMIT 1";

static char *
copy_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text == NULL ? NULL : xstrdup(text);
}

/* --- columns */

static bool
is_like(const char *type, const char *word)
{
	return !strncasecmp(type, word, strlen(word));
}

static void
read_column(struct catalog_column *column, sqlite3_stmt *row)
{
	struct buffer key;

	column->name = copy_text(row, 0);
	column->type = copy_text(row, 1);
	if (column->type == NULL)
		column->type = xstrdup("");
	column->is_not_null = sqlite3_column_int(row, 2) != 0;
	column->fallback = copy_text(row, 3);
	column->place_in_key = sqlite3_column_int(row, 4);
	column->is_blob = is_like(column->type, "blob");
	column->is_time = is_like(column->type, "datetime") ||
			  is_like(column->type, "timestamp");
	buffer_init(&key, DATABASE_SQL_MAX);
	value_print_text(&key, bytes_of(column->name));
	buffer_append(&key, bytes_of(":"));
	column->key.data = xmemdup(buffer_bytes(&key).data, key.len);
	column->key.len = key.len;
	buffer_fini(&key);
}

static void
note_system_columns(struct catalog_table *table)
{
	table->has_id = catalog_column(table, "_id") != NULL;
	table->has_owner = catalog_column(table, "_owner") != NULL;
	table->has_email = catalog_column(table, "_owner_email") != NULL;
	table->has_updated = catalog_column(table, "_updated_at") != NULL;
}

static int
read_columns(struct database *database, struct catalog_table *table)
{
	sqlite3_stmt *rows =
	    database_statement(database, columns_sql, STATEMENT_STAYS);
	int rc;

	if (rows == NULL)
		return -EIO;
	table->columns = xzalloc(CATALOG_COLUMNS_MAX * sizeof(*table->columns));
	value_bind_text(rows, 1, table->name);
	while ((rc = database_step(rows)) == DATABASE_ROW &&
	       table->column_count < CATALOG_COLUMNS_MAX)
		read_column(&table->columns[table->column_count++], rows);
	database_release(database, rows);
	table->columns = xreallocarray(table->columns,
	    table->column_count > 0 ? table->column_count : 1,
	    sizeof(*table->columns));
	note_system_columns(table);
	return rc < 0 ? rc : 0;
}

/* --- schemas and access */

static json_t *
load_json(const char *text)
{
	return text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
}

/* A text that is no schema (any more) leaves the table a classic one. */
static void
read_schema(struct catalog_table *table, const char *text)
{
	json_t *json = load_json(text);
	char *why = NULL;

	if (json != NULL &&
	    table_schema_parse(json, &table->schema, &why) == 0) {
		table->schema_text = json_dumps(json, JSON_COMPACT);
		table->rules = table->schema;
	}
	free(why);
	json_decref(json);
}

/* What set-access left for a classic table is read as part of a schema: the
 * words are the same. */
static void
read_rules(struct catalog_table *table, const char *access, const char *roles)
{
	json_t *json;
	char *why = NULL;

	if (table->schema != NULL || (access == NULL && roles == NULL))
		return;
	json = json_pack("{s:s, s:[{s:s, s:s}], s:b, s:o*, s:o*}", "name",
	    table->name, "columns", "name", "any", "type", "text", "system_key",
	    1, "access", load_json(access), "roles", load_json(roles));
	if (json != NULL &&
	    table_schema_parse(json, &table->own_rules, &why) == 0)
		table->rules = table->own_rules;
	free(why);
	json_decref(json);
}

static int
read_table(
    struct database *database, struct catalog_table *table, sqlite3_stmt *row)
{
	table->name = copy_text(row, 0);
	table->policy = copy_text(row, 1);
	table->created_at = copy_text(row, 2);
	read_schema(table, (const char *)sqlite3_column_text(row, 3));
	read_rules(table, (const char *)sqlite3_column_text(row, 4),
	    (const char *)sqlite3_column_text(row, 5));
	table->access = table->rules != NULL && table->rules->has_access
			    ? table->rules->access
			    : table_access_of_policy(table->policy);
	return read_columns(database, table);
}

static void
table_fini(struct catalog_table *table)
{
	size_t i;

	for (i = 0; i < table->column_count; i++) {
		free(table->columns[i].name);
		free(table->columns[i].type);
		free(table->columns[i].fallback);
		text_free((const char *)table->columns[i].key.data);
	}
	free(table->columns);
	free(table->name);
	free(table->policy);
	free(table->created_at);
	free(table->schema_text);
	table_schema_free(table->schema);
	table_schema_free(table->own_rules);
}

void
catalog_free(struct catalog *catalog)
{
	size_t i;

	if (catalog == NULL)
		return;
	for (i = 0; i < catalog->count; i++)
		table_fini(&catalog->tables[i]);
	free(catalog->tables);
	free(catalog);
}

static int
read_tables(struct database *database, struct catalog *catalog)
{
	sqlite3_stmt *rows =
	    database_statement(database, tables_sql, STATEMENT_STAYS);
	const char *name;
	int rc = 0, step;

	if (rows == NULL)
		return -EIO;
	while (rc == 0 && (step = database_step(rows)) == DATABASE_ROW &&
	       catalog->count < CATALOG_TABLES_MAX) {
		name = (const char *)sqlite3_column_text(rows, 0);
		if (name == NULL || !identifier_is_user_table(name))
			continue;
		rc = read_table(
		    database, &catalog->tables[catalog->count++], rows);
	}
	database_release(database, rows);
	return rc == 0 && step < 0 ? step : rc;
}

static int
read_group(struct database *database, struct catalog *catalog)
{
	sqlite3_stmt *row =
	    database_statement(database, group_sql, STATEMENT_STAYS);
	const char *id;

	if (row == NULL)
		return -EIO;
	if (database_step(row) == DATABASE_ROW) {
		id = (const char *)sqlite3_column_text(row, 0);
		if (id != NULL && strlen(id) <= CATALOG_GROUP_MAX)
			strncpy(catalog->group_id, id, CATALOG_GROUP_MAX);
	}
	database_release(database, row);
	return 0;
}

int
catalog_read(struct database *database, struct catalog **ret)
{
	struct catalog *catalog = xzalloc(sizeof(*catalog));
	int rc;

	catalog->references = 1;
	catalog->schema_version =
	    database_number(database, "PRAGMA main.schema_version");
	catalog->tables =
	    xzalloc(CATALOG_TABLES_MAX * sizeof(*catalog->tables));
	rc = read_tables(database, catalog);
	if (rc == 0)
		rc = read_group(database, catalog);
	if (rc < 0) {
		catalog_free(catalog);
		return rc;
	}
	catalog->tables = xreallocarray(catalog->tables,
	    catalog->count > 0 ? catalog->count : 1, sizeof(*catalog->tables));
	*ret = catalog;
	return 0;
}

/* Names of tables and columns are the same whatever their case, as in SQLite,
 * where two that differ in case alone cannot be. */
const struct catalog_table *
catalog_find(const struct catalog *catalog, const char *name)
{
	size_t i;

	for (i = 0; i < catalog->count; i++)
		if (!strcasecmp(catalog->tables[i].name, name))
			return &catalog->tables[i];
	return NULL;
}

const struct catalog_column *
catalog_column(const struct catalog_table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->column_count; i++)
		if (!strcasecmp(table->columns[i].name, name))
			return &table->columns[i];
	return NULL;
}

bool
catalog_role(struct database *database, const struct catalog *catalog,
    const char *peer, char role[ROLE_NAME_MAX + 1])
{
	sqlite3_stmt *row;
	const char *text;
	bool found = false;

	if (catalog->group_id[0] == '\0')
		return false;
	row = database_statement(database,
	    "SELECT role FROM main._group_members"
	    " WHERE group_id = ?1 AND peer_id = ?2",
	    STATEMENT_STAYS);
	if (row == NULL)
		return false;
	value_bind_text(row, 1, catalog->group_id);
	value_bind_text(row, 2, peer);
	if (database_step(row) == DATABASE_ROW) {
		text = (const char *)sqlite3_column_text(row, 0);
		found = text != NULL && strlen(text) <= ROLE_NAME_MAX;
		if (found)
			snprintf(role, ROLE_NAME_MAX + 1, "%s", text);
	}
	database_release(database, row);
	return found;
}
