#include "goopd/data/ops/idempotency.h"

#include "goopd/data/sql/value.h"

bool
idempotency_find(struct session *session, const char *request_id)
{
	sqlite3_stmt *row = session_statement(session,
	    "SELECT answer FROM main._requests"
	    " WHERE caller = ?1 AND request_id = ?2 AND at_ms > ?3");
	const char *text;
	int rc;

	if (row == NULL)
		return true;
	value_bind_text(row, 1, session->caller_text);
	value_bind_text(row, 2, request_id);
	sqlite3_bind_int64(row, 3, session->now_ms - IDEMPOTENCY_KEPT_MS);
	rc = database_step(row);
	text = rc == DATABASE_ROW ? (const char *)sqlite3_column_text(row, 0)
				  : NULL;
	if (text != NULL)
		buffer_append(&session->answer->data, bytes_of(text));
	session_check(session, rc);
	database_release(session->database, row);
	return rc != 0;
}

void
idempotency_add(struct session *session, const char *request_id)
{
	sqlite3_stmt *statement = session_statement(session,
	    "INSERT OR REPLACE INTO main._requests"
	    " (caller, request_id, at_ms, answer) VALUES (?1, ?2, ?3, "
	    "?4)");
	struct bytes data = buffer_bytes(&session->answer->data);

	if (statement == NULL)
		return;
	value_bind_text(statement, 1, session->caller_text);
	value_bind_text(statement, 2, request_id);
	sqlite3_bind_int64(statement, 3, session->now_ms);
	if (data.len > 0)
		sqlite3_bind_text(statement, 4, (const char *)data.data,
		    (int)data.len, SQLITE_STATIC);
	session_check(session, database_finish(session->database, statement));
}

static int
delete_old(struct database *database, const char *sql, int64_t number)
{
	sqlite3_stmt *statement =
	    database_statement(database, sql, STATEMENT_STAYS);

	if (statement != NULL)
		sqlite3_bind_int64(statement, 1, number);
	return database_finish(database, statement);
}

int
idempotency_purge(struct database *database, int64_t now_ms, int64_t *ret_due)
{
	int64_t count, oldest;
	int rc;

	rc = delete_old(database,
	    "DELETE FROM main._requests WHERE rowid IN (SELECT rowid FROM"
	    " main._requests WHERE at_ms <= ?1 ORDER BY at_ms LIMIT 1000)",
	    now_ms - IDEMPOTENCY_KEPT_MS);
	if (rc < 0)
		return rc;
	count =
	    database_number(database, "SELECT count(*) FROM main._requests");
	if (count > IDEMPOTENCY_MAX) {
		rc = delete_old(database,
		    "DELETE FROM main._requests WHERE rowid IN (SELECT rowid"
		    " FROM main._requests ORDER BY at_ms LIMIT ?1)",
		    count - IDEMPOTENCY_MAX + IDEMPOTENCY_PURGE);
		if (rc < 0)
			return rc;
	}
	oldest = count == 0 ? -1
			    : database_number(database,
				  "SELECT coalesce(min(at_ms), -1)"
				  " FROM main._requests");
	*ret_due = oldest < 0 ? INT64_MAX : oldest + IDEMPOTENCY_KEPT_MS;
	return 0;
}
