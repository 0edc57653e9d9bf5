#include "goopd/data/ops/row_values.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/random.h"
#include "goopd/data/ops/auto_numbers.h"
#include "goopd/data/sql/value.h"
#include "goopd/data/request/json_text.h"

bool
row_values_finish(struct session *session, sqlite3_stmt *statement,
    struct data_answer *answer)
{
	if (statement != NULL &&
	    database_finish(session->database, statement) == SQLITE_OK)
		return true;
	session_fail(session, answer);
	return false;
}

static const struct catalog_column *
find_column(const struct catalog_table *table, const char *name,
    struct data_answer *answer)
{
	const struct catalog_column *column = catalog_column(table, name);

	if (column == NULL)
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "invalid column name: %.64s", name);
	return column;
}

/* A statement made in sql, which is then given up. */
static sqlite3_stmt *
prepare(struct session *session, struct buffer *sql)
{
	sqlite3_stmt *statement = NULL;

	if (buffer_append(sql, (struct bytes){ (const uint8_t *)"", 1 }) == 0)
		statement = database_statement(session->database,
		    (const char *)buffer_bytes(sql).data, STATEMENT_PASSES);
	buffer_fini(sql);
	return statement;
}

/* Bind the values of data, in its order, from parameter `at` on. */
static bool
bind_data(sqlite3_stmt *statement, int at, const struct catalog_table *table,
    const json_t *data, struct data_answer *answer)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_shared(data), name, value)
	{
		if (value_bind(statement, at++, value,
			catalog_column(table, name)->is_blob) == 0)
			continue;
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "%.64s: a value cannot be an array or an object", name);
		return false;
	}
	return true;
}

/* --- insert */

struct filling {
	struct session *session;
	const struct catalog_table *table;
};

static int64_t
next_integer(const char *column, void *arg)
{
	struct filling *filling = arg;

	return auto_numbers_next(filling->session, filling->table, column);
}

static void
random_guid(uint8_t bytes[16], void *arg)
{
	(void)arg;
	random_bytes(bytes, 16);
}

/* Numbers that are given and not counted are not ours to remember. */
static void
note_numbers(struct session *session, const struct catalog_table *table,
    const json_t *data)
{
	const struct schema_column *column;
	size_t i;

	for (i = 0; i < table->schema->column_count; i++) {
		column = &table->schema->columns[i];
		if (column->is_auto && column->type == COLUMN_INTEGER &&
		    json_object_get(data, column->name) != NULL)
			auto_numbers_forget(session, table->name);
	}
}

/* Data of a typed table with what is automatic; NULL with a refusal. */
static json_t *
fill(struct session *session, const struct catalog_table *table,
    const json_t *given, struct data_answer *answer)
{
	struct filling filling = { session, table };
	const struct schema_now now = { session->now_ms, next_integer,
		random_guid, &filling };
	json_t *data = json_copy(json_shared(given));
	char *why = NULL;

	note_numbers(session, table, given);
	if (table_schema_fill(table->schema, &now, data) < 0)
		session_fail(session, answer);
	else if (table_schema_check(table->schema, data, true, &why) < 0)
		data_answer_fail(answer, BUS_BAD_REQUEST, "%s", why);
	free(why);
	if (answer->code == BUS_OK)
		return data;
	json_decref(data);
	return NULL;
}

/* INSERT INTO "t" ("_owner","_owner_email","a") VALUES (?,?,?) */
static sqlite3_stmt *
prepare_insert(struct session *session, const struct catalog_table *table,
    const json_t *data, struct data_answer *answer)
{
	const struct catalog_column *column;
	struct buffer sql;
	sqlite3_stmt *statement;
	const char *name, *comma = "";
	size_t count = 0, i;
	json_t *value;

	buffer_init(&sql, DATABASE_SQL_MAX);
	buffer_printf(&sql, "INSERT INTO main.\"%s\" (", table->name);
	if (table->has_owner)
		buffer_append(&sql, bytes_of("\"_owner\""));
	if (table->has_email)
		buffer_append(
		    &sql, bytes_of(",\"_owner_email\"" + !table->has_owner));
	count = (size_t)table->has_owner + table->has_email;
	comma = count > 0 ? ",\"" : "\"";
	json_object_foreach(json_shared(data), name, value)
	{
		column = find_column(table, name, answer);
		if (column == NULL) {
			buffer_fini(&sql);
			return NULL;
		}
		buffer_append(&sql, bytes_of(comma));
		buffer_append(&sql, bytes_of(column->name));
		buffer_append(&sql, bytes_of("\""));
		comma = ",\"";
		count++;
	}
	if (count == 0) { /* a table of somebody else's, nothing given */
		buffer_fini(&sql);
		data_answer_fail(answer, BUS_BAD_REQUEST, "data required");
		return NULL;
	}
	buffer_append(&sql, bytes_of(") VALUES (?"));
	for (i = 1; i < count; i++)
		buffer_append(&sql, bytes_of(",?"));
	buffer_append(&sql, bytes_of(")"));
	statement = prepare(session, &sql);
	if (statement == NULL)
		session_fail(session, answer);
	return statement;
}

static int64_t
insert(struct session *session, const struct catalog_table *table,
    const json_t *data, struct data_answer *answer)
{
	sqlite3_stmt *statement = prepare_insert(session, table, data, answer);
	int at = 1;

	if (statement == NULL)
		return -1;
	if (table->has_owner)
		value_bind_text(statement, at++, session->caller_text);
	if (table->has_email)
		value_bind_text(statement, at++, session->caller->email);
	if (!bind_data(statement, at, table, data, answer)) {
		database_release(session->database, statement);
		return -1;
	}
	if (!row_values_finish(session, statement, answer))
		return -1;
	return sqlite3_last_insert_rowid(session->database->handle);
}

int64_t
row_insert(struct session *session, const struct catalog_table *table,
    const json_t *data, struct data_answer *answer)
{
	json_t *filled;
	int64_t id;

	if (table->schema == NULL)
		return insert(session, table, data, answer);
	filled = fill(session, table, data, answer);
	if (filled == NULL)
		return -1;
	id = insert(session, table, filled, answer);
	json_decref(filled);
	if (id < 0)
		auto_numbers_forget(session, table->name);
	return id;
}

/* --- update */

bool
row_check_update(const struct catalog_table *table, const json_t *data,
    struct data_answer *answer)
{
	const char *name;
	json_t *value;
	char *why = NULL;

	if (json_object_size(data) == 0) {
		data_answer_fail(answer, BUS_BAD_REQUEST, "data required");
		return false;
	}
	json_object_foreach(json_shared(data), name,
	    value) if (find_column(table, name, answer) == NULL) return false;
	if (table->schema == NULL ||
	    table_schema_check(table->schema, data, false, &why) == 0)
		return true;
	data_answer_fail(answer, BUS_BAD_REQUEST, "%s", why);
	free(why);
	return false;
}

/* Which row, in parameters behind the others. False if it has no _id or no
 * _owner to know it by. */
static bool
add_condition(struct buffer *sql, const struct catalog_table *table,
    enum table_scope scope, struct data_answer *answer)
{
	if (!table->has_id) {
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "rows of %s cannot be named: it has no column _id",
		    table->name);
		return false;
	}
	buffer_append(sql, bytes_of(" WHERE \"_id\" = ?"));
	if (scope == SCOPE_OWN_ROWS)
		buffer_append(
		    sql, bytes_of(table->has_owner ? " AND \"_owner\" = ?"
						   : " AND 0 = ?"));
	return true;
}

static void
bind_condition(struct session *session, sqlite3_stmt *statement, int at,
    enum table_scope scope, int64_t id)
{
	sqlite3_bind_int64(statement, at, id);
	if (scope == SCOPE_OWN_ROWS)
		value_bind_text(statement, at + 1, session->caller_text);
}

/* UPDATE "t" SET "a"=?,"_updated_at"=CURRENT_TIMESTAMP WHERE "_id" = ? */
static sqlite3_stmt *
prepare_update(struct session *session, const struct catalog_table *table,
    enum table_scope scope, const json_t *data, struct data_answer *answer)
{
	const char *name, *comma = "";
	struct buffer sql;
	sqlite3_stmt *statement;
	json_t *value;

	buffer_init(&sql, DATABASE_SQL_MAX);
	buffer_printf(&sql, "UPDATE main.\"%s\" SET ", table->name);
	json_object_foreach(json_shared(data), name, value)
	{
		buffer_printf(&sql, "%s\"%s\"=?", comma,
		    catalog_column(table, name)->name);
		comma = ",";
	}
	if (table->has_updated)
		buffer_append(
		    &sql, bytes_of(",\"_updated_at\"=CURRENT_TIMESTAMP"));
	if (!add_condition(&sql, table, scope, answer)) {
		buffer_fini(&sql);
		return NULL;
	}
	statement = prepare(session, &sql);
	if (statement == NULL)
		session_fail(session, answer);
	return statement;
}

int
row_update(struct session *session, const struct catalog_table *table,
    enum table_scope scope, int64_t id, const json_t *data,
    struct data_answer *answer)
{
	sqlite3_stmt *statement =
	    prepare_update(session, table, scope, data, answer);

	if (statement == NULL)
		return -1;
	if (!bind_data(statement, 1, table, data, answer)) {
		database_release(session->database, statement);
		return -1;
	}
	bind_condition(
	    session, statement, (int)json_object_size(data) + 1, scope, id);
	if (!row_values_finish(session, statement, answer))
		return -1;
	return sqlite3_changes(session->database->handle) > 0;
}

/* --- delete */

/* The row as the trash wants it: all of its columns, in order. */
static sqlite3_stmt *
prepare_row(struct session *session, const struct catalog_table *table,
    enum table_scope scope, struct data_answer *answer)
{
	struct buffer sql;
	sqlite3_stmt *statement;
	size_t i;

	buffer_init(&sql, DATABASE_SQL_MAX);
	for (i = 0; i < table->column_count; i++)
		buffer_printf(&sql, "%s\"%s\"", i == 0 ? "SELECT " : ",",
		    table->columns[i].name);
	buffer_printf(&sql, " FROM main.\"%s\"", table->name);
	if (!add_condition(&sql, table, scope, answer)) {
		buffer_fini(&sql);
		return NULL;
	}
	statement = prepare(session, &sql);
	if (statement == NULL)
		session_fail(session, answer);
	return statement;
}

/* Is it there? Then it is kept. 1, 0, or -1 with a refusal. */
static int
keep_row(struct session *session, const struct catalog_table *table,
    enum table_scope scope, int64_t id, struct trash_entry *entry,
    struct data_answer *answer)
{
	sqlite3_stmt *row = prepare_row(session, table, scope, answer);
	int rc, found = -1;

	if (row == NULL)
		return -1;
	bind_condition(session, row, 1, scope, id);
	rc = sqlite3_step(row);
	if (rc == SQLITE_DONE)
		found = 0;
	else if (rc == SQLITE_ROW &&
		 trash_add_row(session, entry, table, row) == SQLITE_OK)
		found = 1;
	if (found < 0)
		session_fail(session, answer);
	database_release(session->database, row);
	return found;
}

int
row_delete(struct session *session, const struct catalog_table *table,
    enum table_scope scope, int64_t id, struct trash_entry *entry,
    struct data_answer *answer)
{
	int found = keep_row(session, table, scope, id, entry, answer);
	sqlite3_stmt *statement;
	struct buffer sql;

	if (found <= 0)
		return found;
	buffer_init(&sql, DATABASE_SQL_MAX);
	buffer_printf(
	    &sql, "DELETE FROM main.\"%s\" WHERE \"_id\" = ?", table->name);
	statement = prepare(session, &sql);
	if (statement != NULL)
		sqlite3_bind_int64(statement, 1, id);
	return row_values_finish(session, statement, answer) ? 1 : -1;
}
