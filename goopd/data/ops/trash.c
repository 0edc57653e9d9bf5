#include "goopd/data/ops/trash.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "common/base/array.h"
#include "common/base/hex.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/json_text.h"
#include "goopd/data/ops/schema_change.h"
#include "goopd/data/sql/identifier.h"
#include "goopd/data/sql/value.h"

/* --- a row as JSON that brings it back exactly: an object of its values by
 * column; blobs, and texts that are no UTF-8, as {"blob":"hex"} and
 * {"text":"hex"} */

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

/* Append the row on which a SELECT of all columns stands. 0 or -ENOBUFS. */
static int
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

/* --- and back */

static int
bind_hex(sqlite3_stmt *statement, int at, const char *hex, bool is_blob)
{
	size_t len = strlen(hex) / 2;
	CLEANUP_FREE uint8_t *bytes = xzalloc(len + 1);

	if (hex_parse(hex, bytes, len) < 0)
		return -EIO;
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
		return value_bind(statement, at, value, false) == 0 ? 0 : -EIO;
	hex = json_string_value(json_object_get(value, "blob"));
	if (hex != NULL)
		return bind_hex(statement, at, hex, true);
	hex = json_string_value(json_object_get(value, "text"));
	if (hex != NULL)
		return bind_hex(statement, at, hex, false);
	hex = json_string_value(json_object_get(value, "real"));
	return hex == NULL ? -EIO
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

/* Insert it into its table again; columns that are gone are left out. 0 or
 * -EIO. */
static int
trash_row_insert(struct database *database, const struct catalog_table *table,
    struct bytes json)
{
	json_t *row =
	    json_loadb((const char *)json.data, json.len, JSON_ALLOW_NUL, NULL);
	sqlite3_stmt *statement = NULL;
	const json_t *value;
	int rc = -EIO, at = 0;
	size_t i;

	if (json_is_object(row)) {
		statement = prepare(database, table, row);
		rc = statement == NULL ? -EIO : 0;
	}
	for (i = 0; i < table->column_count && rc == 0; i++) {
		value = json_object_get(row, table->columns[i].name);
		if (value != NULL && bind_value(statement, ++at, value) != 0)
			rc = -EIO;
	}
	if (rc == 0)
		rc = database_finish(database, statement);
	else
		database_release(database, statement);
	json_decref(row);
	return rc;
}

enum { SQL_MAX = 256 };

/* --- what it holds */

void
trash_learn(struct session *session)
{
	struct trash_totals *totals = &session->trash;

	if (totals->is_known)
		return;
	totals->rows = database_number(session->database,
	    "SELECT coalesce(sum(count), 0) FROM main._trash"
	    " WHERE kind IN ('row', 'rows')");
	totals->bytes = database_number(session->database,
	    "SELECT coalesce(sum(bytes), 0) FROM main._trash"
	    " WHERE kind IN ('row', 'rows')");
	totals->is_known = true;
}

/* An entry is about to go. */
static void
discount(struct session *session, int64_t id)
{
	struct trash_totals *totals = &session->trash;
	sqlite3_stmt *row = database_statement(session->database,
	    "SELECT count, bytes FROM main._trash"
	    " WHERE id = ?1 AND kind IN ('row', 'rows')",
	    STATEMENT_STAYS);
	int rc = -EIO;

	if (row != NULL) {
		sqlite3_bind_int64(row, 1, id);
		rc = database_step(row);
	}
	if (rc == DATABASE_ROW) {
		totals->rows -= sqlite3_column_int64(row, 0);
		totals->bytes -= sqlite3_column_int64(row, 1);
	} else if (rc < 0) {
		totals->is_known = false;
	}
	database_release(session->database, row);
}

/* Drop an entry with what belongs to it. */
static int
drop_entry(struct session *session, int64_t id, bool has_table)
{
	sqlite3_stmt *statement;
	char sql[SQL_MAX];
	int rc;

	discount(session, id);
	statement = database_statement(session->database,
	    "DELETE FROM main._trash_rows WHERE trash_id = ?1",
	    STATEMENT_STAYS);
	if (statement != NULL)
		sqlite3_bind_int64(statement, 1, id);
	rc = database_finish(session->database, statement);
	if (rc < 0)
		return rc;
	statement = database_statement(session->database,
	    "DELETE FROM main._trash WHERE id = ?1", STATEMENT_STAYS);
	if (statement != NULL)
		sqlite3_bind_int64(statement, 1, id);
	rc = database_finish(session->database, statement);
	if (rc < 0 || !has_table)
		return rc;
	snprintf(sql, sizeof(sql), "DROP TABLE IF EXISTS main._trash_%lld",
	    (long long)id);
	return database_run(session->database, sql);
}

/* The oldest entry of rows but this one; 0: none. */
static int64_t
oldest_but(struct session *session, int64_t id)
{
	int64_t oldest = database_number(session->database,
	    "SELECT coalesce(min(id), 0) FROM main._trash"
	    " WHERE kind IN ('row', 'rows')");

	return oldest == id || oldest < 0 ? 0 : oldest;
}

static int
make_room(struct session *session, int64_t id)
{
	int64_t oldest;
	int rc = 0;

	trash_learn(session);
	while (rc == 0 && (session->trash.rows > TRASH_ROWS_MAX ||
			      session->trash.bytes > TRASH_BYTES_MAX)) {
		oldest = oldest_but(session, id);
		if (oldest == 0)
			break;
		rc = drop_entry(session, oldest, false);
		trash_learn(session);
	}
	return rc;
}

/* --- an entry */

bool
trash_begin(struct session *session, const char *kind, const char *table,
    struct trash_entry *ret)
{
	sqlite3_stmt *statement = session_statement(session,
	    "INSERT INTO main._trash"
	    " (at_ms, kind, table_name, count, bytes, by_peer, text)"
	    " VALUES (?1, ?2, ?3, 0, 0, ?4, '')");

	if (statement == NULL)
		return false;
	sqlite3_bind_int64(statement, 1, session->now_ms);
	value_bind_text(statement, 2, kind);
	value_bind_text(statement, 3, table);
	value_bind_text(statement, 4, session->caller_text);
	if (!session_check(
		session, database_finish(session->database, statement)))
		return false;
	*ret = (struct trash_entry){
		.id = sqlite3_last_insert_rowid(session->database->handle),
	};
	return true;
}

/* The text by which people know the row: its first one. */
static void
describe_row(struct trash_entry *entry, const struct catalog_table *table,
    sqlite3_stmt *row)
{
	size_t i;

	for (i = 0; i < table->column_count && entry->text[0] == '\0'; i++) {
		if (identifier_is_system_column(table->columns[i].name) ||
		    sqlite3_column_type(row, (int)i) != SQLITE_TEXT)
			continue;
		snprintf(entry->text, sizeof(entry->text), "%s",
		    (const char *)sqlite3_column_text(row, (int)i));
		text_make_printable(entry->text);
	}
}

int
trash_add_row(struct session *session, struct trash_entry *entry,
    const struct catalog_table *table, sqlite3_stmt *row)
{
	sqlite3_stmt *statement;
	struct buffer json;
	int rc = 0;

	if (entry->is_over)
		return 0;
	buffer_init(&json, DATABASE_LENGTH_MAX);
	if (trash_row_print(table, row, &json) < 0 ||
	    ++entry->rows > TRASH_ROWS_MAX ||
	    (entry->bytes += (int64_t)json.len) > TRASH_BYTES_MAX)
		entry->is_over = true;
	if (!entry->is_over) {
		describe_row(entry, table, row);
		statement = database_statement(session->database,
		    "INSERT INTO main._trash_rows (trash_id, row_json)"
		    " VALUES (?1, ?2)",
		    STATEMENT_STAYS);
		if (statement != NULL) {
			sqlite3_bind_int64(statement, 1, entry->id);
			sqlite3_bind_text(statement, 2,
			    (const char *)buffer_bytes(&json).data,
			    (int)json.len, SQLITE_STATIC);
		}
		rc = database_finish(session->database, statement);
	}
	buffer_fini(&json);
	return rc;
}

static int
finish_entry(struct session *session, const struct trash_entry *entry,
    const char *detail)
{
	sqlite3_stmt *statement = database_statement(session->database,
	    "UPDATE main._trash SET count = ?2, bytes = ?3, text = ?4,"
	    " detail = ?5, kind = CASE WHEN kind = 'rows' AND ?2 = 1"
	    " THEN 'row' ELSE kind END WHERE id = ?1",
	    STATEMENT_STAYS);
	int rc;

	if (statement == NULL)
		return -EIO;
	sqlite3_bind_int64(statement, 1, entry->id);
	sqlite3_bind_int64(statement, 2, entry->rows);
	sqlite3_bind_int64(statement, 3, entry->bytes);
	value_bind_text(statement, 4, entry->text);
	if (detail != NULL)
		value_bind_text(statement, 5, detail);
	rc = database_finish(session->database, statement);
	if (rc < 0 || detail != NULL)
		return rc;
	session->trash.rows += entry->rows;
	session->trash.bytes += entry->bytes;
	return make_room(session, entry->id);
}

bool
trash_end(struct session *session, const struct trash_entry *entry,
    const char *detail)
{
	return session_check(
	    session, entry->is_over ? drop_entry(session, entry->id, false)
				    : finish_entry(session, entry, detail));
}

/* --- a day later */

/* The oldest entry if it is due: its id, else 0. */
static int64_t
due_entry(struct session *session, int64_t now_ms, bool *ret_has_table)
{
	sqlite3_stmt *row = database_statement(session->database,
	    "SELECT id, kind IN ('table', 'column') FROM main._trash"
	    " WHERE at_ms <= ?1 ORDER BY at_ms LIMIT 1",
	    STATEMENT_STAYS);
	int64_t id = 0;

	if (row == NULL)
		return 0;
	sqlite3_bind_int64(row, 1, now_ms - TRASH_KEPT_MS);
	if (database_step(row) == DATABASE_ROW) {
		id = sqlite3_column_int64(row, 0);
		*ret_has_table = sqlite3_column_int(row, 1) != 0;
	}
	database_release(session->database, row);
	return id;
}

int
trash_purge(struct session *session, int64_t now_ms, int64_t *ret_due)
{
	int64_t id, oldest;
	int rc = 0, n;
	bool has_table;

	for (n = 0; n < TRASH_LIST_MAX && rc == 0; n++) {
		id = due_entry(session, now_ms, &has_table);
		if (id == 0)
			break;
		rc = drop_entry(session, id, has_table);
	}
	oldest = database_number(session->database,
	    "SELECT coalesce(min(at_ms), -1) FROM main._trash");
	*ret_due = oldest < 0 ? INT64_MAX : oldest + TRASH_KEPT_MS;
	return rc;
}

/* --- the list */

static void
print_entry(struct buffer *data, sqlite3_stmt *row)
{
	static const char *const keys[] = { "{\"id\":", ",\"at\":",
		",\"kind\":", ",\"table\":", ",\"count\":", ",\"by\":",
		",\"text\":" };
	int i;

	for (i = 0; i < (int)(ARRAY_SIZE(keys)); i++) {
		buffer_append(data, bytes_of(keys[i]));
		value_print(data, row, i, false);
	}
	buffer_append(data, bytes_of("}"));
}

void
trash_list(struct session *session)
{
	sqlite3_stmt *row = session_statement(session,
	    "SELECT id, at_ms, kind, table_name, count, by_peer, text"
	    " FROM main._trash WHERE at_ms > ?1 ORDER BY id DESC LIMIT ?2");
	int count = 0, rc;

	if (row == NULL)
		return;
	sqlite3_bind_int64(row, 1, session->now_ms - TRASH_KEPT_MS);
	sqlite3_bind_int(row, 2, TRASH_LIST_MAX);
	buffer_append(&session->answer->data, bytes_of("["));
	while ((rc = database_step(row)) == DATABASE_ROW) {
		if (count++ > 0)
			buffer_append(&session->answer->data, bytes_of(","));
		print_entry(&session->answer->data, row);
	}
	if (session_check(session, rc))
		session_printed(session,
		    buffer_append(&session->answer->data, bytes_of("]")));
	database_release(session->database, row);
}

struct entry {
	int64_t id;
	char kind[16];
	char table[IDENTIFIER_MAX + 1];
	char *detail;
};

/* --- rows */

static bool
restore_rows(struct session *session, const struct entry *entry)
{
	const struct catalog_table *table = session_find(session, entry->table);
	sqlite3_stmt *rows;
	struct bytes json;
	int rc = 0, step = 0;

	if (table == NULL)
		return false;
	rows = session_statement(session,
	    "SELECT row_json FROM main._trash_rows WHERE trash_id = ?1"
	    " ORDER BY rowid");
	if (rows == NULL)
		return false;
	sqlite3_bind_int64(rows, 1, entry->id);
	while (rc == 0 && (step = database_step(rows)) == DATABASE_ROW) {
		json.data = sqlite3_column_text(rows, 0);
		json.len = (size_t)sqlite3_column_bytes(rows, 0);
		rc = trash_row_insert(session->database, table, json);
	}
	if (rc == 0 && step < 0)
		rc = step; /* the rest would be lost with the entry */
	session_check(session, rc);
	database_release(session->database, rows);
	return rc == 0;
}

/* --- a table */

static bool
restore_table(struct session *session, const struct entry *entry)
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

	if (!schema_name_is_free(session, entry->table) ||
	    !schema_run(session,
		"ALTER TABLE main._trash_%lld RENAME TO \"%s\"",
		(long long)entry->id, entry->table))
		return false;
	for (i = 0; i < ARRAY_SIZE(inserts); i++)
		if (!schema_run_with(session, inserts[i],
			DATABASE_TEXTS(entry->table, entry->detail)))
			return false;
	return true;
}

/* --- a column */

static bool
restore_typed(struct session *session, const struct catalog_table *table,
    const json_t *typed)
{
	json_t *schema;
	bool is_good;

	if (table->schema == NULL || !json_is_object(typed))
		return true;
	schema = json_loads(table->schema_text, 0, NULL);
	json_array_append(
	    json_object_get(schema, "columns"), json_shared(typed));
	is_good = schema_store(session, table->name, schema);
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
    const struct catalog_table *table, const json_t *detail)
{
	const char *name = json_string_value(json_object_get(detail, "column"));
	const char *type = json_string_value(json_object_get(detail, "type"));
	long long id = (long long)entry->id;
	char rule[SCHEMA_TEXT_MAX * 2];

	if (name == NULL || type == NULL || !identifier_is_valid(name))
		return false;
	if (catalog_column(table, name) != NULL) {
		data_answer_fail(session->answer, BUS_BAD_REQUEST,
		    "column %s already exists", name);
		return false;
	}
	print_rule(detail, rule, sizeof(rule));
	return restore_typed(
		   session, table, json_object_get(detail, "typed")) &&
	       schema_run(session,
		   "ALTER TABLE main.\"%s\" ADD COLUMN \"%s\" %s%s",
		   table->name, name, type, rule) &&
	       schema_run(session,
		   "UPDATE main.\"%s\" SET \"%s\" = (SELECT value FROM"
		   " main._trash_%lld AS t WHERE t.id = \"_id\") WHERE \"_id\""
		   " IN (SELECT id FROM main._trash_%lld);"
		   "DROP TABLE main._trash_%lld",
		   table->name, name, id, id, id);
}

static bool
restore_column(struct session *session, const struct entry *entry)
{
	const struct catalog_table *table = session_find(session, entry->table);
	json_t *detail;
	bool is_good;

	if (table == NULL)
		return false;
	detail = json_loads(entry->detail, 0, NULL);
	is_good = add_column(session, entry, table, detail);
	if (!is_good && session->answer->code == BUS_OK)
		data_answer_fail(session->answer, BUS_INTERNAL,
		    "the column's definition is not there any more");
	json_decref(detail);
	return is_good;
}

/* --- an entry restored */

static bool
find_entry(struct session *session, int64_t id, struct entry *entry)
{
	sqlite3_stmt *row = session_statement(session,
	    "SELECT kind, table_name, coalesce(detail, '{}') FROM main._trash"
	    " WHERE id = ?1 AND at_ms > ?2");
	int rc;

	if (row == NULL)
		return false;
	sqlite3_bind_int64(row, 1, id);
	sqlite3_bind_int64(row, 2, session->now_ms - TRASH_KEPT_MS);
	rc = database_step(row);
	if (rc == DATABASE_ROW) {
		entry->id = id;
		snprintf(entry->kind, sizeof(entry->kind), "%s",
		    (const char *)sqlite3_column_text(row, 0));
		snprintf(entry->table, sizeof(entry->table), "%s",
		    (const char *)sqlite3_column_text(row, 1));
		entry->detail =
		    xstrdup((const char *)sqlite3_column_text(row, 2));
	} else if (rc == 0) {
		data_answer_fail(session->answer, BUS_NOT_FOUND,
		    "it is not found in the trash any more");
	} else {
		session_fail(session);
	}
	database_release(session->database, row);
	return rc == DATABASE_ROW;
}

static bool
restore(struct session *session, const struct entry *entry)
{
	if (!strcmp(entry->kind, "table"))
		return restore_table(session, entry);
	if (!strcmp(entry->kind, "column"))
		return restore_column(session, entry);
	return restore_rows(session, entry);
}

bool
trash_restore(
    struct session *session, int64_t id, char table[IDENTIFIER_MAX + 1])
{
	struct entry entry = { 0 };
	bool is_good = find_entry(session, id, &entry) &&
		       restore(session, &entry) &&
		       schema_run(session,
			   "DELETE FROM main._trash WHERE id = %lld;"
			   "DELETE FROM main._trash_rows WHERE trash_id = %lld",
			   (long long)entry.id, (long long)entry.id);

	if (is_good)
		memcpy(table, entry.table, sizeof(entry.table));
	free(entry.detail);
	return is_good;
}
