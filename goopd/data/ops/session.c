#include "goopd/data/ops/session.h"

#include <stdio.h>
#include <string.h>

#include "common/base/monotime.h"

void
session_init(struct session *session, struct database *database,
    const struct peer_id *self)
{
	*session = (struct session){ .database = database };
	peer_id_print(self, session->self);
}

void
session_fini(struct session *session)
{
	views_fini(&session->views);
	database_close(session->database);
	*session = (struct session){ 0 };
}

static int64_t
time_limit(const struct data_caller *caller, enum data_op op)
{
	if (caller->is_owner)
		return SESSION_OWNER_MS;
	return data_op_changes(op) ? SESSION_REMOTE_WRITE_MS
				   : SESSION_REMOTE_READ_MS;
}

void
session_begin(struct session *session, const struct catalog *catalog,
    const struct data_caller *caller, enum data_op op,
    struct data_answer *answer, const atomic_bool *cancelled)
{
	struct statement_limits *limits = &session->database->limits;

	session->catalog = catalog;
	session->caller = caller;
	session->answer = answer;
	session->limit_ms = time_limit(caller, op);
	session->now_ms = walltime_ms();
	session->changed[0] = '\0';
	if (caller->is_owner)
		memcpy(session->caller_text, session->self,
		    sizeof(session->caller_text));
	else
		peer_id_print(&caller->peer, session->caller_text);
	memcpy(limits->caller, session->caller_text, sizeof(limits->caller));
	limits->cancelled = cancelled;
	limits_set(limits, session->limit_ms,
	    caller->is_owner ? LIMITS_OWNER_MEMORY : LIMITS_REMOTE_MEMORY);
}

void
session_end(struct session *session)
{
	session->database->limits.cancelled = NULL;
	limits_set(&session->database->limits, 0, 0);
	session->catalog = NULL;
	session->caller = NULL;
	session->answer = NULL;
}

int64_t
session_rows_max(const struct session *session)
{
	return session->caller->is_owner ? SESSION_OWNER_ROWS
					 : SESSION_REMOTE_ROWS;
}

/* --- rights */

enum table_scope
session_scope(struct session *session, const struct catalog_table *table,
    enum table_right right, char refusal[TABLE_REFUSAL_MAX])
{
	struct table_caller caller = { .is_owner = session->caller->is_owner };
	const struct table_schema *rules = table->rules;
	char role[ROLE_NAME_MAX + 1];

	if (!caller.is_owner && table->access.level[right] == LEVEL_GROUP) {
		caller.has_group = session->catalog->group_id[0] != '\0';
		if (catalog_role(session->database, session->catalog,
			session->caller_text, role))
			caller.role = role;
	}
	return table_access_decide(&table->access, right, &caller,
	    rules == NULL ? NULL : rules->roles,
	    rules == NULL ? 0 : rules->role_count, refusal);
}

bool
session_sees(struct session *session, const struct catalog_table *table)
{
	char refusal[TABLE_REFUSAL_MAX];
	unsigned int right; /* enum table_right */

	for (right = 0; right < RIGHTS; right++)
		if (session_scope(session, table, right, refusal) != SCOPE_NONE)
			return true;
	return false;
}

const struct catalog_table *
session_find(struct session *session, const char *name)
{
	const struct catalog_table *table = NULL;

	if (name == NULL) {
		data_answer_fail(
		    session->answer, BUS_BAD_REQUEST, "table name required");
		return NULL;
	}
	if (identifier_is_user_table(name))
		table = catalog_find(session->catalog, name);
	if (table == NULL)
		data_answer_fail(session->answer, BUS_NOT_FOUND,
		    "no such table: %.64s", name);
	return table;
}

const struct catalog_table *
session_table(struct session *session, const char *name, enum table_right right,
    enum table_scope *ret)
{
	const struct catalog_table *table = session_find(session, name);
	char refusal[TABLE_REFUSAL_MAX];
	enum table_scope scope;

	if (table == NULL)
		return NULL;
	scope = session_scope(session, table, right, refusal);
	if (scope == SCOPE_NONE) {
		data_answer_fail(session->answer, BUS_FORBIDDEN, "%s", refusal);
		return NULL;
	}
	*ret = scope;
	return table;
}

/* --- errors */

static void
fail_stopped(const struct session *session, struct data_answer *answer)
{
	int64_t ms = session->limit_ms;

	switch (session->database->limits.stop) {
	case LIMITS_TOO_MUCH_MEMORY:
		data_answer_fail(answer, BUS_TOO_LARGE,
		    "the query needs too much memory: ask for less");
		break;
	case LIMITS_CANCELLED:
		data_answer_fail(answer, BUS_UNREACHABLE, "cancelled");
		break;
	default:
		data_answer_fail(answer, BUS_TIMEOUT,
		    "the query took longer than %lld%s s: ask for less at a "
		    "time, or by _id",
		    (long long)(ms / 1000), ms % 1000 != 0 ? ".5" : "");
	}
}

/* A sentence that says nothing of the view. */
static void
fail_invalid(const struct session *session, struct data_answer *answer)
{
	const char *sentence = sqlite3_errmsg(session->database->handle);

	if (strstr(sentence, VIEW_PREFIX) != NULL ||
	    !strcmp(sentence, "not an error"))
		sentence = "the query is not valid";
	data_answer_fail(answer, BUS_BAD_REQUEST, "%s", sentence);
}

void
session_explain(struct session *session, struct data_answer *answer)
{
	/* clang-format off */
	static const struct {
		enum bus_code code;
		const char *sentence;
	} refusals[] = {
		[DATABASE_DENIED] = { BUS_BAD_REQUEST, "the query uses something that is not available to it" },
		[DATABASE_TOO_LARGE] = { BUS_TOO_LARGE, "a value or a row is longer than 8 MiB" },
		[DATABASE_NO_MEMORY] = { BUS_TOO_LARGE, "the query needs too much memory: ask for less" },
		[DATABASE_IN_USE] = { BUS_BUSY, "the database is in use by another program" },
		[DATABASE_DISK_FULL] = { BUS_INTERNAL, "the disk is full: nothing was changed" },
		[DATABASE_DISK_FAILS] = { BUS_INTERNAL, "the disk cannot be read or written: nothing was changed" },
		[DATABASE_DAMAGED] = { BUS_INTERNAL, "the database is damaged; it is left as it is" },
	};
	/* clang-format on */
	enum database_error error = database_error(session->database);

	if (error == DATABASE_STOPPED)
		fail_stopped(session, answer);
	else if (error == DATABASE_INVALID)
		fail_invalid(session, answer);
	else if (error == DATABASE_UNUSABLE)
		data_answer_fail(answer, BUS_INTERNAL,
		    "the database cannot be used: %s",
		    sqlite3_errstr(
			sqlite3_extended_errcode(session->database->handle)));
	else
		data_answer_fail(answer, refusals[error].code, "%s",
		    refusals[error].sentence);
}

void
session_fail(struct session *session)
{
	session_explain(session, session->answer);
}

bool
session_check(struct session *session, int rc)
{
	if (rc < 0)
		session_fail(session);
	return rc >= 0;
}

sqlite3_stmt *
session_statement(struct session *session, const char *sql)
{
	sqlite3_stmt *statement =
	    database_statement(session->database, sql, STATEMENT_STAYS);

	if (statement == NULL)
		session_fail(session);
	return statement;
}

bool
session_printed(struct session *session, int rc)
{
	struct data_answer *answer = session->answer;

	if (rc == 0 && answer->data.len <= SESSION_DATA_MAX)
		return true;
	data_answer_fail(answer, BUS_TOO_LARGE,
	    "the answer is longer than 8 MiB: ask for less with limit and "
	    "offset");
	return false;
}
