#include "goopd/data/ops/trash.h"

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "goopd/data/sql/identifier.h"
#include "goopd/data/ops/trash_row.h"
#include "goopd/data/sql/value.h"

enum { SQL_MAX = 256 };

static int
error_of(struct session *session)
{
	return sqlite3_extended_errcode(session->database->handle);
}

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
	int rc = SQLITE_ERROR;

	if (row != NULL) {
		sqlite3_bind_int64(row, 1, id);
		rc = sqlite3_step(row);
	}
	if (rc == SQLITE_ROW) {
		totals->rows -= sqlite3_column_int64(row, 0);
		totals->bytes -= sqlite3_column_int64(row, 1);
	} else if (rc != SQLITE_DONE) {
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
	if (rc != SQLITE_OK)
		return rc;
	statement = database_statement(session->database,
	    "DELETE FROM main._trash WHERE id = ?1", STATEMENT_STAYS);
	if (statement != NULL)
		sqlite3_bind_int64(statement, 1, id);
	rc = database_finish(session->database, statement);
	if (rc != SQLITE_OK || !has_table)
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
	int rc = SQLITE_OK;

	trash_learn(session);
	while (rc == SQLITE_OK && (session->trash.rows > TRASH_ROWS_MAX ||
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

int
trash_begin(struct session *session, const char *kind, const char *table,
    struct trash_entry *ret)
{
	sqlite3_stmt *statement;
	int rc;

	statement = database_statement(session->database,
	    "INSERT INTO main._trash"
	    " (at_ms, kind, table_name, count, bytes, by_peer, text)"
	    " VALUES (?1, ?2, ?3, 0, 0, ?4, '')",
	    STATEMENT_STAYS);
	if (statement == NULL)
		return error_of(session);
	sqlite3_bind_int64(statement, 1, session->now_ms);
	value_bind_text(statement, 2, kind);
	value_bind_text(statement, 3, table);
	value_bind_text(statement, 4, session->caller_text);
	rc = database_finish(session->database, statement);
	*ret = (struct trash_entry){
		.id = sqlite3_last_insert_rowid(session->database->handle),
	};
	return rc;
}

/* What tells the row to people: its first text. */
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
	int rc = SQLITE_OK;

	if (entry->is_over)
		return SQLITE_OK;
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

int
trash_end(
    struct session *session, struct trash_entry *entry, const char *detail)
{
	sqlite3_stmt *statement;
	int rc;

	if (entry->is_over)
		return drop_entry(session, entry->id, false);
	statement = database_statement(session->database,
	    "UPDATE main._trash SET count = ?2, bytes = ?3, text = ?4,"
	    " detail = ?5, kind = CASE WHEN kind = 'rows' AND ?2 = 1"
	    " THEN 'row' ELSE kind END WHERE id = ?1",
	    STATEMENT_STAYS);
	if (statement == NULL)
		return error_of(session);
	sqlite3_bind_int64(statement, 1, entry->id);
	sqlite3_bind_int64(statement, 2, entry->rows);
	sqlite3_bind_int64(statement, 3, entry->bytes);
	value_bind_text(statement, 4, entry->text);
	if (detail != NULL)
		value_bind_text(statement, 5, detail);
	rc = database_finish(session->database, statement);
	if (rc != SQLITE_OK || detail != NULL)
		return rc;
	session->trash.rows += entry->rows;
	session->trash.bytes += entry->bytes;
	return make_room(session, entry->id);
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
	sqlite3_bind_int64(row, 1, now_ms - SESSION_DAY_MS);
	if (sqlite3_step(row) == SQLITE_ROW) {
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
	int rc = SQLITE_OK, n;
	bool has_table;

	for (n = 0; n < TRASH_LIST_MAX && rc == SQLITE_OK; n++) {
		id = due_entry(session, now_ms, &has_table);
		if (id == 0)
			break;
		rc = drop_entry(session, id, has_table);
	}
	oldest = database_number(session->database,
	    "SELECT coalesce(min(at_ms), -1) FROM main._trash");
	*ret_due = oldest < 0 ? INT64_MAX : oldest + SESSION_DAY_MS;
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

	for (i = 0; i < (int)ARRAY_SIZE(keys); i++) {
		buffer_append(data, bytes_of(keys[i]));
		value_print(data, row, i, false);
	}
	buffer_append(data, bytes_of("}"));
}

void
trash_list(struct session *session, struct data_answer *answer)
{
	sqlite3_stmt *row = database_statement(session->database,
	    "SELECT id, at_ms, kind, table_name, count, by_peer, text"
	    " FROM main._trash WHERE at_ms > ?1 ORDER BY id DESC LIMIT ?2",
	    STATEMENT_STAYS);
	int count = 0, rc;

	if (row == NULL) {
		session_fail(session, answer);
		return;
	}
	sqlite3_bind_int64(row, 1, session->now_ms - SESSION_DAY_MS);
	sqlite3_bind_int(row, 2, TRASH_LIST_MAX);
	buffer_append(&answer->data, bytes_of("["));
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		if (count++ > 0)
			buffer_append(&answer->data, bytes_of(","));
		print_entry(&answer->data, row);
	}
	if (rc != SQLITE_DONE)
		session_fail(session, answer);
	else
		session_printed(
		    buffer_append(&answer->data, bytes_of("]")), answer);
	database_release(session->database, row);
}
