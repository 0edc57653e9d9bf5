#include "goopd/data/ops/trash_row.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/hex.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/value.h"

static int
print_hex(struct buffer *json, const char *kind, struct bytes bytes)
{
	char *room;

	buffer_printf(json, "{\"%s\":\"", kind);
	room = (char *)buffer_reserve(json, bytes.len * 2 + 1);
	if (room == NULL)
		return -ENOBUFS;
	hex_print(bytes, room);
	buffer_commit(json, bytes.len * 2);
	return buffer_append(json, bytes_of("\"}"));
}

static int
print_value(struct buffer *json, sqlite3_stmt *row, int column)
{
	int type = sqlite3_column_type(row, column);
	struct bytes bytes;

	if (type == SQLITE_FLOAT && isinf(sqlite3_column_double(row, column)))
		return buffer_append(
		    json, bytes_of(sqlite3_column_double(row, column) > 0
				       ? "{\"real\":\"inf\"}"
				       : "{\"real\":\"-inf\"}"));
	if (type != SQLITE_TEXT && type != SQLITE_BLOB)
		return value_print(json, row, column, false);
	bytes.data = sqlite3_column_blob(row, column);
	bytes.len = (size_t)sqlite3_column_bytes(row, column);
	if (type == SQLITE_BLOB || (bytes.len > 0 && !text_is_utf8(bytes)))
		return print_hex(
		    json, type == SQLITE_BLOB ? "blob" : "text", bytes);
	return value_print_text(json, bytes);
}

int
trash_row_print(
    const struct catalog_table *table, sqlite3_stmt *row, struct buffer *json)
{
	int rc = buffer_append(json, bytes_of("{"));
	size_t i;

	for (i = 0; i < table->column_count && rc == 0; i++) {
		if (i > 0)
			buffer_append(json, bytes_of(","));
		rc = buffer_append(json, table->columns[i].key);
		if (rc == 0)
			rc = print_value(json, row, (int)i);
	}
	return rc == 0 ? buffer_append(json, bytes_of("}")) : rc;
}

/* --- back again */

static int
bind_hex(sqlite3_stmt *statement, int at, const char *hex, bool is_blob)
{
	size_t len = strlen(hex) / 2;
	CLEANUP_FREE uint8_t *bytes = xzalloc(len + 1);

	if (hex_parse(hex, bytes, len) < 0)
		return SQLITE_CORRUPT;
	return is_blob ? sqlite3_bind_blob64(
			     statement, at, bytes, len, SQLITE_TRANSIENT)
		       : sqlite3_bind_text64(statement, at, (char *)bytes, len,
			     SQLITE_TRANSIENT, SQLITE_UTF8);
}

static int
bind_value(sqlite3_stmt *statement, int at, const json_t *value)
{
	const char *hex;

	if (!json_is_object(value))
		return value_bind(statement, at, value, false) == 0
			   ? SQLITE_OK
			   : SQLITE_CORRUPT;
	hex = json_string_value(json_object_get(value, "blob"));
	if (hex != NULL)
		return bind_hex(statement, at, hex, true);
	hex = json_string_value(json_object_get(value, "text"));
	if (hex != NULL)
		return bind_hex(statement, at, hex, false);
	hex = json_string_value(json_object_get(value, "real"));
	return hex == NULL ? SQLITE_CORRUPT
			   : sqlite3_bind_double(statement, at,
				 hex[0] == '-' ? -INFINITY : INFINITY);
}

/* The columns that the row has and the table still has. */
static sqlite3_stmt *
prepare(struct database *database, const struct catalog_table *table,
    const json_t *row)
{
	sqlite3_stmt *statement = NULL;
	struct buffer sql;
	size_t i, count = 0;

	buffer_init(&sql, DATABASE_SQL_MAX);
	buffer_printf(&sql, "INSERT INTO main.\"%s\" (", table->name);
	for (i = 0; i < table->column_count; i++)
		if (json_object_get(row, table->columns[i].name) != NULL)
			buffer_printf(&sql, "%s\"%s\"", count++ > 0 ? "," : "",
			    table->columns[i].name);
	buffer_append(&sql, bytes_of(") VALUES ("));
	for (i = 0; i < count; i++)
		buffer_append(&sql, bytes_of(i > 0 ? ",?" : "?"));
	if (buffer_append(&sql, (struct bytes){ (const uint8_t *)")", 2 }) == 0)
		statement = database_statement(database,
		    (const char *)buffer_bytes(&sql).data, STATEMENT_PASSES);
	buffer_fini(&sql);
	return statement;
}

int
trash_row_insert(struct database *database, const struct catalog_table *table,
    struct bytes json)
{
	json_t *row =
	    json_loadb((const char *)json.data, json.len, JSON_ALLOW_NUL, NULL);
	sqlite3_stmt *statement = NULL;
	const json_t *value;
	int rc = SQLITE_CORRUPT, at = 0;
	size_t i;

	if (json_is_object(row)) {
		statement = prepare(database, table, row);
		rc = statement == NULL
			 ? sqlite3_extended_errcode(database->handle)
			 : SQLITE_OK;
	}
	for (i = 0; i < table->column_count && rc == SQLITE_OK; i++) {
		value = json_object_get(row, table->columns[i].name);
		if (value != NULL)
			rc = bind_value(statement, ++at, value);
	}
	if (rc == SQLITE_OK)
		rc = database_finish(database, statement);
	else
		database_release(database, statement);
	json_decref(row);
	return rc;
}
