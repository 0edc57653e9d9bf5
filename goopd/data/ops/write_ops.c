#include "goopd/data/ops/write_ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/json_text.h"
#include "goopd/data/ops/auto_numbers.h"
#include "goopd/data/ops/selection.h"
#include "goopd/data/ops/trash.h"
#include "goopd/data/schema/schema_values.h"
#include "goopd/data/sql/value.h"

#define TEXT(text) ((struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

/* Run a statement that changes rows, and give it back; false with a refusal. */
static bool
finish(struct session *session, sqlite3_stmt *statement)
{
	return session_check(
	    session, database_finish(session->database, statement));
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

/* A statement made in sql, which is then given up; NULL with a refusal. */
static sqlite3_stmt *
prepare(struct session *session, struct buffer *sql)
{
	sqlite3_stmt *statement = NULL;

	if (buffer_append(sql, (struct bytes){ (const uint8_t *)"", 1 }) == 0)
		statement = database_statement(session->database,
		    (const char *)buffer_bytes(sql).data, STATEMENT_PASSES);
	buffer_fini(sql);
	if (statement == NULL)
		session_fail(session);
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

/* --- a row put in */

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
    const json_t *given)
{
	struct filling filling = { session, table };
	const struct schema_now now = { session->now_ms, next_integer,
		random_guid, &filling };
	json_t *data = json_copy(json_shared(given));
	char *why = NULL;

	note_numbers(session, table, given);
	if (schema_values_fill(table->schema, &now, data) < 0)
		session_fail(session);
	else if (schema_values_check(table->schema, data, true, &why) < 0)
		data_answer_fail(session->answer, BUS_BAD_REQUEST, "%s", why);
	free(why);
	if (session->answer->code == BUS_OK)
		return data;
	json_decref(data);
	return NULL;
}

/* INSERT INTO "t" ("_owner","_owner_email","a") VALUES (?,?,?) */
static sqlite3_stmt *
prepare_insert(struct session *session, const struct catalog_table *table,
    const json_t *data)
{
	const struct catalog_column *column;
	struct buffer sql;
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
		column = find_column(table, name, session->answer);
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
	if (count == 0) { /* not a table of ours, and no values */
		buffer_fini(&sql);
		data_answer_fail(
		    session->answer, BUS_BAD_REQUEST, "data required");
		return NULL;
	}
	buffer_append(&sql, bytes_of(") VALUES (?"));
	for (i = 1; i < count; i++)
		buffer_append(&sql, bytes_of(",?"));
	buffer_append(&sql, bytes_of(")"));
	return prepare(session, &sql);
}

static int64_t
insert(struct session *session, const struct catalog_table *table,
    const json_t *data)
{
	sqlite3_stmt *statement = prepare_insert(session, table, data);
	int at = 1;

	if (statement == NULL)
		return -1;
	if (table->has_owner)
		value_bind_text(statement, at++, session->caller_text);
	if (table->has_email)
		value_bind_text(statement, at++, session->caller->email);
	if (!bind_data(statement, at, table, data, session->answer)) {
		database_release(session->database, statement);
		return -1;
	}
	if (!finish(session, statement))
		return -1;
	return sqlite3_last_insert_rowid(session->database->handle);
}

/* Insert data (an object) for the caller; a typed table's automatic values and
 * checks are seen to. The new row's id, or -1 with a refusal. */
static int64_t
row_insert(struct session *session, const struct catalog_table *table,
    const json_t *data)
{
	json_t *filled;
	int64_t id;

	if (table->schema == NULL)
		return insert(session, table, data);
	filled = fill(session, table, data);
	if (filled == NULL)
		return -1;
	id = insert(session, table, filled);
	json_decref(filled);
	if (id < 0)
		auto_numbers_forget(session, table->name);
	return id;
}

/* --- a row changed */

/* Is data fit to change rows of the table? False with a refusal. */
static bool
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
	    schema_values_check(table->schema, data, false, &why) == 0)
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
    enum table_scope scope, const json_t *data)
{
	const char *name, *comma = "";
	struct buffer sql;
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
	if (!add_condition(&sql, table, scope, session->answer)) {
		buffer_fini(&sql);
		return NULL;
	}
	return prepare(session, &sql);
}

/* Change the row of this id, if it is within scope. How many were, 0 or 1; -1
 * with a refusal. */
static int
row_update(struct session *session, const struct catalog_table *table,
    enum table_scope scope, int64_t id, const json_t *data)
{
	sqlite3_stmt *statement = prepare_update(session, table, scope, data);

	if (statement == NULL)
		return -1;
	if (!bind_data(statement, 1, table, data, session->answer)) {
		database_release(session->database, statement);
		return -1;
	}
	bind_condition(
	    session, statement, (int)json_object_size(data) + 1, scope, id);
	if (!finish(session, statement))
		return -1;
	return sqlite3_changes(session->database->handle) > 0;
}

/* --- a row taken out */

/* The row as the trash wants it: all of its columns, in order. */
static sqlite3_stmt *
prepare_row(struct session *session, const struct catalog_table *table,
    enum table_scope scope)
{
	struct buffer sql;
	size_t i;

	buffer_init(&sql, DATABASE_SQL_MAX);
	for (i = 0; i < table->column_count; i++)
		buffer_printf(&sql, "%s\"%s\"", i == 0 ? "SELECT " : ",",
		    table->columns[i].name);
	buffer_printf(&sql, " FROM main.\"%s\"", table->name);
	if (!add_condition(&sql, table, scope, session->answer)) {
		buffer_fini(&sql);
		return NULL;
	}
	return prepare(session, &sql);
}

/* Is it there? Then it is kept. 1, 0, or -1 with a refusal. */
static int
keep_row(struct session *session, const struct catalog_table *table,
    enum table_scope scope, int64_t id, struct trash_entry *entry)
{
	sqlite3_stmt *row = prepare_row(session, table, scope);
	int rc, found = -1;

	if (row == NULL)
		return -1;
	bind_condition(session, row, 1, scope, id);
	rc = database_step(row);
	if (rc == 0)
		found = 0;
	else if (rc == DATABASE_ROW &&
		 trash_add_row(session, entry, table, row) == 0)
		found = 1;
	if (found < 0)
		session_fail(session);
	database_release(session->database, row);
	return found;
}

/* Delete it, into the trash's entry. The same. */
static int
row_delete(struct session *session, const struct catalog_table *table,
    enum table_scope scope, int64_t id, struct trash_entry *entry)
{
	int found = keep_row(session, table, scope, id, entry);
	sqlite3_stmt *statement;
	struct buffer sql;

	if (found <= 0)
		return found;
	buffer_init(&sql, DATABASE_SQL_MAX);
	buffer_printf(
	    &sql, "DELETE FROM main.\"%s\" WHERE \"_id\" = ?", table->name);
	statement = prepare(session, &sql);
	if (statement == NULL)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	return finish(session, statement) ? 1 : -1;
}

static void
note_change(struct session *session, const struct catalog_table *table)
{
	memcpy(session->changed, table->name, strlen(table->name) + 1);
}

/* --- which rows: a page's condition, under the authorizer */

/* A condition reveals something about the rows that it is evaluated on: only
 * where the caller may read them may these be rows of others. */
static enum table_scope
narrow(struct session *session, const struct catalog_table *table,
    enum table_scope scope)
{
	char refusal[TABLE_REFUSAL_MAX];

	return session_scope(session, table, RIGHT_READ, refusal) ==
		       SCOPE_ALL_ROWS
		   ? scope
		   : SCOPE_OWN_ROWS;
}

struct ids {
	int64_t *all;
	size_t count;
};

static bool
read_ids(struct session *session, sqlite3_stmt *statement, struct ids *ids)
{
	size_t most =
	    session->caller->is_owner ? WRITE_OWNER_ROWS : WRITE_REMOTE_ROWS;
	size_t room = 0;
	int rc;

	while ((rc = database_step(statement)) == DATABASE_ROW) {
		if (ids->count == most) {
			data_answer_fail(session->answer, BUS_TOO_LARGE,
			    "more than %zu rows at once: nothing was changed",
			    most);
			return false;
		}
		if (ids->count == room) {
			room = room == 0 ? 64 : room * 2;
			ids->all =
			    xreallocarray(ids->all, room, sizeof(*ids->all));
		}
		ids->all[ids->count++] = sqlite3_column_int64(statement, 0);
	}
	return session_check(session, rc);
}

/* The ids of a selection; false with a refusal. */
static bool
find_ids(struct session *session, struct selection *selection, struct ids *ids)
{
	sqlite3_stmt *statement;
	bool is_good;

	if (!selection->table->has_id) {
		data_answer_fail(session->answer, BUS_BAD_REQUEST,
		    "rows of %s cannot be named: it has no column _id",
		    selection->table->name);
		return false;
	}
	selection->what = TEXT("\"_id\"");
	if (!selection_check(selection, session->answer))
		return false;
	statement = selection_begin(session, selection);
	if (statement == NULL)
		return false;
	is_good = read_ids(session, statement, ids);
	selection_end(session, statement);
	return is_good;
}

/* Between two rows: is there time for another? */
static bool
has_time(struct session *session)
{
	if (!limits_is_over(&session->database->limits))
		return true;
	data_answer_fail(session->answer, BUS_TIMEOUT,
	    "the change took longer than %lld ms: nothing was changed",
	    (long long)session->limit_ms);
	return false;
}

COUNTER(data_full, "writes of visitors refused: the database is full");

/* A table that is open to all must not fill the owner's disk. */
static bool
has_room(struct session *session)
{
	struct database *database = session->database;
	int64_t most = session->visitors_max_bytes, pages;

	if (session->caller->is_owner || most == 0)
		return true;
	pages = database_number(database, "PRAGMA main.page_count") -
		database_number(database, "PRAGMA main.freelist_count");
	if (pages * database_number(database, "PRAGMA main.page_size") < most)
		return true;
	counter_add(&data_full, 1);
	data_answer_fail(session->answer, BUS_TOO_LARGE,
	    "this site takes no more: its database is as large as its owner "
	    "lets visitors make it");
	return false;
}

/* --- the operations on one row */

void
data_op_insert(struct session *session, const struct data_request *request)
{
	enum table_scope scope;
	const struct catalog_table *table =
	    session_table(session, request->table, RIGHT_INSERT, &scope);
	int64_t id;

	if (table == NULL || !has_room(session))
		return;
	id = row_insert(session, table, request->data);
	if (id < 0)
		return;
	buffer_printf(&session->answer->data,
	    "{\"status\":\"inserted\",\"id\":%lld}", (long long)id);
	note_change(session, table);
}

static void
fail_unfound(struct data_answer *answer)
{
	data_answer_fail(
	    answer, BUS_NOT_FOUND, "row not found or not owned by caller");
}

void
data_op_update(struct session *session, const struct data_request *request)
{
	enum table_scope scope;
	const struct catalog_table *table =
	    session_table(session, request->table, RIGHT_UPDATE, &scope);
	int count;

	if (table == NULL || !has_room(session) ||
	    !row_check_update(table, request->data, session->answer))
		return;
	count = row_update(session, table, scope, request->id, request->data);
	if (count == 0)
		fail_unfound(session->answer);
	if (count <= 0)
		return;
	auto_numbers_forget(session, table->name);
	buffer_append(&session->answer->data, TEXT("{\"status\":\"updated\"}"));
	note_change(session, table);
}

void
data_op_delete(struct session *session, const struct data_request *request)
{
	enum table_scope scope;
	const struct catalog_table *table =
	    session_table(session, request->table, RIGHT_DELETE, &scope);
	struct trash_entry entry;
	int count;

	if (table == NULL)
		return;
	if (!trash_begin(session, "rows", table->name, &entry))
		return;
	count = row_delete(session, table, scope, request->id, &entry);
	if (count == 0)
		fail_unfound(session->answer);
	else if (count > 0)
		trash_end(session, &entry, NULL);
	if (session->answer->code != BUS_OK)
		return;
	auto_numbers_forget(session, table->name);
	buffer_append(&session->answer->data, TEXT("{\"status\":\"deleted\"}"));
	note_change(session, table);
}

/* --- the operations on rows by a condition */

static void
tell_affected(
    struct session *session, const struct catalog_table *table, size_t count)
{
	if (session->answer->code != BUS_OK)
		return;
	buffer_printf(&session->answer->data, "{\"affected\":%zu}", count);
	if (count == 0)
		return;
	auto_numbers_forget(session, table->name);
	note_change(session, table);
}

/* False with a refusal. */
static bool
select_rows(struct session *session, const struct data_request *request,
    enum table_right right, struct selection *ret)
{
	*ret = (struct selection){
		.where = request->where, .args = request->args, .limit = -1
	};
	ret->table = session_table(session, request->table, right, &ret->scope);
	if (ret->table == NULL)
		return false;
	ret->scope = narrow(session, ret->table, ret->scope);
	if (request->where == NULL)
		data_answer_fail(
		    session->answer, BUS_BAD_REQUEST, "where required");
	return request->where != NULL;
}

void
data_op_update_where(
    struct session *session, const struct data_request *request)
{
	struct selection selection;
	struct ids ids = { NULL, 0 };
	size_t i;

	if (!select_rows(session, request, RIGHT_UPDATE, &selection) ||
	    !has_room(session) ||
	    !row_check_update(selection.table, request->data, session->answer))
		return;
	if (find_ids(session, &selection, &ids)) {
		for (i = 0; i < ids.count && has_time(session); i++)
			if (row_update(session, selection.table,
				selection.scope, ids.all[i], request->data) < 0)
				break;
		tell_affected(session, selection.table, ids.count);
	}
	free(ids.all);
}

static void
delete_ids(struct session *session, const struct selection *selection,
    const struct ids *ids)
{
	struct trash_entry entry;
	size_t i;

	if (!trash_begin(session, "rows", selection->table->name, &entry))
		return;
	for (i = 0; i < ids->count && has_time(session); i++)
		if (row_delete(session, selection->table, selection->scope,
			ids->all[i], &entry) < 0)
			return;
	if (session->answer->code == BUS_OK)
		trash_end(session, &entry, NULL);
}

void
data_op_delete_where(
    struct session *session, const struct data_request *request)
{
	struct selection selection;
	struct ids ids = { NULL, 0 };

	if (!select_rows(session, request, RIGHT_DELETE, &selection))
		return;
	if (find_ids(session, &selection, &ids)) {
		if (ids.count > 0)
			delete_ids(session, &selection, &ids);
		tell_affected(session, selection.table, ids.count);
	}
	free(ids.all);
}

/* --- upsert */

/* The first of the caller's rows with that key: its id, 0 for none, -1 with a
 * refusal. */
static int64_t
find_by_key(struct session *session, const struct catalog_table *table,
    enum table_scope scope, const struct data_request *request)
{
	struct selection selection = {
		.table = table,
		.scope = scope,
		.column = catalog_column(table, request->column),
		.value = json_object_get(request->data, request->column),
		.order = "_id",
		.limit = 1,
	};
	struct ids ids = { NULL, 0 };
	int64_t id = -1;

	if (find_ids(session, &selection, &ids))
		id = ids.count > 0 ? ids.all[0] : 0;
	free(ids.all);
	return id;
}

static bool
check_key(const struct catalog_table *table, const struct data_request *request,
    struct data_answer *answer)
{
	if (request->column == NULL ||
	    json_object_get(request->data, request->column) == NULL)
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "key_col must be one of the columns in data");
	else if (catalog_column(table, request->column) == NULL)
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "invalid column name: %.64s", request->column);
	return answer->code == BUS_OK;
}

/* Only rows that the caller may change are searched; a caller who may change
 * none finds none but its own. */
static void
upsert_row(struct session *session, const struct catalog_table *table,
    const struct data_request *request)
{
	char refusal[TABLE_REFUSAL_MAX];
	enum table_scope scope =
	    session_scope(session, table, RIGHT_UPDATE, refusal);
	int64_t id = find_by_key(session, table,
	    narrow(
		session, table, scope == SCOPE_NONE ? SCOPE_OWN_ROWS : scope),
	    request);

	if (id > 0 && scope == SCOPE_NONE) {
		data_answer_fail(session->answer, BUS_FORBIDDEN, "%s", refusal);
	} else if (id > 0) {
		if (row_check_update(table, request->data, session->answer))
			row_update(session, table, scope, id, request->data);
		auto_numbers_forget(session, table->name);
	} else if (id == 0 && session_scope(session, table, RIGHT_INSERT,
				  refusal) == SCOPE_NONE) {
		data_answer_fail(session->answer, BUS_FORBIDDEN, "%s", refusal);
	} else if (id == 0) {
		id = row_insert(session, table, request->data);
	}
	if (session->answer->code != BUS_OK)
		return;
	buffer_printf(&session->answer->data, "{\"status\":\"ok\",\"id\":%lld}",
	    (long long)id);
	note_change(session, table);
}

void
data_op_upsert(struct session *session, const struct data_request *request)
{
	const struct catalog_table *table =
	    session_find(session, request->table);

	if (table != NULL && has_room(session) &&
	    check_key(table, request, session->answer))
		upsert_row(session, table, request);
}
