#include "goopd/data/ops/selection.h"

#include "common/base/array.h"
#include "goopd/data/sql/sql_fragment.h"
#include "goopd/data/sql/value.h"

/* --- the first wall */

static bool
fail_count(struct data_answer *answer, size_t placeholders, size_t args)
{
	data_answer_fail(answer, BUS_BAD_REQUEST,
	    "the query has %zu placeholders but %zu args", placeholders, args);
	return false;
}

bool
selection_check(const struct selection *selection, struct data_answer *answer)
{
	const struct {
		const char *name, *text;
		enum sql_fragment_kind kind;
	} parts[] = {
		{ "expr", selection->expr, SQL_FRAGMENT_EXPR },
		{ "where", selection->where, SQL_FRAGMENT_WHERE },
		{ "group_by", selection->group_by, SQL_FRAGMENT_GROUP_BY },
		{ "order", selection->order, SQL_FRAGMENT_ORDER },
	};
	size_t args = json_array_size(selection->args);
	size_t placeholders = 0, count, i;
	const char *why;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		if (parts[i].text == NULL)
			continue;
		if (sql_fragment_check(
			parts[i].text, parts[i].kind, &count, &why) < 0) {
			data_answer_fail(answer, BUS_BAD_REQUEST, "%s: %s",
			    parts[i].name, why);
			return false;
		}
		placeholders += count;
	}
	return placeholders == args ? true
				    : fail_count(answer, placeholders, args);
}

/* --- the statement */

static void
add(struct buffer *sql, const char *text)
{
	buffer_append(sql, bytes_of(text));
}

/* A page's text between lines of its own: a comment in it ends there. */
static void
add_part(
    struct buffer *sql, const char *before, const char *text, const char *after)
{
	if (text == NULL)
		return;
	add(sql, before);
	add(sql, "\n");
	add(sql, text);
	add(sql, "\n");
	add(sql, after);
}

/* With its NUL; false if it is too long. */
static bool
print_statement(
    const struct selection *selection, const char *view, struct buffer *sql)
{
	add(sql, "SELECT ");
	buffer_append(sql, selection->what);
	if (selection->what.len == 0)
		add_part(sql, "", selection->expr, "");
	add(sql, " FROM temp.\"");
	add(sql, view);
	add(sql, "\"");
	if (selection->column != NULL) {
		add(sql, " WHERE \"");
		add(sql, selection->column->name);
		add(sql, "\" IS ?");
	}
	add_part(sql, selection->column == NULL ? " WHERE (" : " AND (",
	    selection->where, ")");
	add_part(sql, " GROUP BY ", selection->group_by, "");
	add_part(sql, " ORDER BY ", selection->order, "");
	add(sql, " LIMIT ? OFFSET ?");
	return buffer_append(sql, (struct bytes){ (const uint8_t *)"", 1 }) ==
	       0;
}

/* Parameters are numbered as they stand in the text: the value (which comes
 * with no expr), the page's, and two of ours. */
static bool
bind_all(sqlite3_stmt *statement, const struct selection *selection,
    struct data_answer *answer)
{
	int args = (int)json_array_size(selection->args);
	int own = selection->column != NULL ? 3 : 2;
	int count = sqlite3_bind_parameter_count(statement);
	int at = 0, rc = 0;
	size_t i;

	if (count != args + own)
		return fail_count(answer,
		    count > own ? (size_t)(count - own) : 0, (size_t)args);
	if (selection->column != NULL)
		rc = value_bind(statement, ++at, selection->value,
		    selection->column->is_blob);
	for (i = 0; i < (size_t)args && rc == 0; i++)
		rc = value_bind(
		    statement, ++at, json_array_get(selection->args, i), false);
	if (rc < 0) {
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "args: a value cannot be an array or an object");
		return false;
	}
	sqlite3_bind_int64(statement, ++at, selection->limit);
	sqlite3_bind_int64(statement, ++at, selection->offset);
	return true;
}

sqlite3_stmt *
selection_begin(struct session *session, const struct selection *selection)
{
	struct database *database = session->database;
	const char *view = views_get(&session->views, database,
	    session->catalog, selection->table, selection->scope);
	sqlite3_stmt *statement = NULL;
	struct buffer sql;

	if (view == NULL) {
		session_fail(session);
		return NULL;
	}
	buffer_init(&sql, DATABASE_SQL_MAX);
	database->limits.view = view;
	database->limits.table = selection->table->name;
	database->limits.shows_all = selection->scope == SCOPE_ALL_ROWS;
	if (print_statement(selection, view, &sql)) {
		statement = database_statement(database,
		    (const char *)buffer_bytes(&sql).data, STATEMENT_PASSES);
		if (statement == NULL)
			session_fail(session);
	} else {
		data_answer_fail(
		    session->answer, BUS_TOO_LARGE, "the query is too long");
	}
	buffer_fini(&sql);
	if (statement != NULL &&
	    bind_all(statement, selection, session->answer))
		return statement;
	selection_end(session, statement);
	return NULL;
}

void
selection_end(struct session *session, sqlite3_stmt *statement)
{
	database_release(session->database, statement);
	session->database->limits.view = NULL;
	session->database->limits.table = NULL;
}
