#include "goopd/data/ops/write_ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "goopd/data/ops/auto_numbers.h"
#include "goopd/data/ops/op_table.h"
#include "goopd/data/ops/row_values.h"
#include "goopd/data/ops/selection.h"

#define TEXT(text) ((struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

static void
note_change(struct session *session, const struct catalog_table *table)
{
	memcpy(session->changed, table->name, strlen(table->name) + 1);
}

/* --- which rows: a page's condition, asked behind the guard */

/* A condition tells of the rows that it is tried on: of others' rows only where
 * the caller may read them. */
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
read_ids(struct session *session, sqlite3_stmt *statement, struct ids *ids,
    struct data_answer *answer)
{
	size_t most =
	    session->caller->is_owner ? WRITE_OWNER_ROWS : WRITE_REMOTE_ROWS;
	size_t room = 0;
	int rc;

	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		if (ids->count == most) {
			data_answer_fail(answer, BUS_TOO_LARGE,
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
	if (rc != SQLITE_DONE)
		session_fail(session, answer);
	return rc == SQLITE_DONE;
}

/* The ids of a selection; false with a refusal. */
static bool
find_ids(struct session *session, struct selection *selection, struct ids *ids,
    struct data_answer *answer)
{
	sqlite3_stmt *statement;
	bool is_good;

	if (!selection->table->has_id) {
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "rows of %s cannot be named: it has no column _id",
		    selection->table->name);
		return false;
	}
	selection->what = TEXT("\"_id\"");
	if (!selection_check(selection, answer))
		return false;
	statement = selection_begin(session, selection, answer);
	if (statement == NULL)
		return false;
	is_good = read_ids(session, statement, ids, answer);
	selection_end(session, statement);
	return is_good;
}

/* Between two rows: is there time for another? */
static bool
has_time(struct session *session, struct data_answer *answer)
{
	if (!limits_is_over(&session->database->guard))
		return true;
	data_answer_fail(answer, BUS_TIMEOUT,
	    "the change took longer than %lld ms: nothing was changed",
	    (long long)session->limit_ms);
	return false;
}

COUNTER(data_full, "writes of visitors refused: the database is full");

/* A table that is open to all must not fill the owner's disk. */
static bool
has_room(struct session *session, struct data_answer *answer)
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
	data_answer_fail(answer, BUS_TOO_LARGE,
	    "this site takes no more: its database is as large as its owner "
	    "lets visitors make it");
	return false;
}

/* --- one row */

static void
op_insert(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	enum table_scope scope;
	const struct catalog_table *table = session_table(
	    session, request->table, RIGHT_INSERT, &scope, answer);
	int64_t id;

	if (table == NULL || !has_room(session, answer))
		return;
	id = row_insert(session, table, request->data, answer);
	if (id < 0)
		return;
	buffer_printf(&answer->data, "{\"status\":\"inserted\",\"id\":%lld}",
	    (long long)id);
	note_change(session, table);
}

static void
fail_unfound(struct data_answer *answer)
{
	data_answer_fail(
	    answer, BUS_NOT_FOUND, "row not found or not owned by caller");
}

static void
op_update(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	enum table_scope scope;
	const struct catalog_table *table = session_table(
	    session, request->table, RIGHT_UPDATE, &scope, answer);
	int count;

	if (table == NULL || !has_room(session, answer) ||
	    !row_check_update(table, request->data, answer))
		return;
	count = row_update(
	    session, table, scope, request->id, request->data, answer);
	if (count == 0)
		fail_unfound(answer);
	if (count <= 0)
		return;
	auto_numbers_forget(session, table->name);
	buffer_append(&answer->data, TEXT("{\"status\":\"updated\"}"));
	note_change(session, table);
}

static void
op_delete(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	enum table_scope scope;
	const struct catalog_table *table = session_table(
	    session, request->table, RIGHT_DELETE, &scope, answer);
	struct trash_entry entry;
	int count;

	if (table == NULL)
		return;
	if (trash_begin(session, "rows", table->name, &entry) != SQLITE_OK) {
		session_fail(session, answer);
		return;
	}
	count = row_delete(session, table, scope, request->id, &entry, answer);
	if (count == 0)
		fail_unfound(answer);
	else if (count > 0 && trash_end(session, &entry, NULL) != SQLITE_OK)
		session_fail(session, answer);
	if (answer->code != BUS_OK)
		return;
	auto_numbers_forget(session, table->name);
	buffer_append(&answer->data, TEXT("{\"status\":\"deleted\"}"));
	note_change(session, table);
}

/* --- rows by a condition */

static void
tell_affected(struct session *session, const struct catalog_table *table,
    size_t count, struct data_answer *answer)
{
	if (answer->code != BUS_OK)
		return;
	buffer_printf(&answer->data, "{\"affected\":%zu}", count);
	if (count == 0)
		return;
	auto_numbers_forget(session, table->name);
	note_change(session, table);
}

/* False with a refusal. */
static bool
select_rows(struct session *session, const struct data_request *request,
    enum table_right right, struct selection *ret, struct data_answer *answer)
{
	*ret = (struct selection){
		.where = request->where, .args = request->args, .limit = -1
	};
	ret->table =
	    session_table(session, request->table, right, &ret->scope, answer);
	if (ret->table == NULL)
		return false;
	ret->scope = narrow(session, ret->table, ret->scope);
	if (request->where == NULL)
		data_answer_fail(answer, BUS_BAD_REQUEST, "where required");
	return request->where != NULL;
}

static void
op_update_where(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	struct selection selection;
	struct ids ids = { NULL, 0 };
	size_t i;

	if (!select_rows(session, request, RIGHT_UPDATE, &selection, answer) ||
	    !has_room(session, answer) ||
	    !row_check_update(selection.table, request->data, answer))
		return;
	if (find_ids(session, &selection, &ids, answer)) {
		for (i = 0; i < ids.count && has_time(session, answer); i++)
			if (row_update(session, selection.table,
				selection.scope, ids.all[i], request->data,
				answer) < 0)
				break;
		tell_affected(session, selection.table, ids.count, answer);
	}
	free(ids.all);
}

static void
delete_ids(struct session *session, const struct selection *selection,
    const struct ids *ids, struct data_answer *answer)
{
	struct trash_entry entry;
	size_t i;

	if (trash_begin(session, "rows", selection->table->name, &entry) !=
	    SQLITE_OK) {
		session_fail(session, answer);
		return;
	}
	for (i = 0; i < ids->count && has_time(session, answer); i++)
		if (row_delete(session, selection->table, selection->scope,
			ids->all[i], &entry, answer) < 0)
			return;
	if (answer->code == BUS_OK &&
	    trash_end(session, &entry, NULL) != SQLITE_OK)
		session_fail(session, answer);
}

static void
op_delete_where(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	struct selection selection;
	struct ids ids = { NULL, 0 };

	if (!select_rows(session, request, RIGHT_DELETE, &selection, answer))
		return;
	if (find_ids(session, &selection, &ids, answer)) {
		if (ids.count > 0)
			delete_ids(session, &selection, &ids, answer);
		tell_affected(session, selection.table, ids.count, answer);
	}
	free(ids.all);
}

/* --- upsert */

/* The first of the caller's rows with that key: its id, 0 for none, -1 with a
 * refusal. */
static int64_t
find_by_key(struct session *session, const struct catalog_table *table,
    enum table_scope scope, const struct data_request *request,
    struct data_answer *answer)
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

	if (find_ids(session, &selection, &ids, answer))
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

/* Only rows that the caller may change are looked for; whoever may change none
 * at all is told of none but its own. */
static void
upsert_row(struct session *session, const struct catalog_table *table,
    const struct data_request *request, struct data_answer *answer)
{
	char refusal[TABLE_REFUSAL_MAX];
	enum table_scope scope =
	    session_scope(session, table, RIGHT_UPDATE, refusal);
	int64_t id = find_by_key(session, table,
	    narrow(
		session, table, scope == SCOPE_NONE ? SCOPE_OWN_ROWS : scope),
	    request, answer);

	if (id > 0 && scope == SCOPE_NONE) {
		data_answer_fail(answer, BUS_FORBIDDEN, "%s", refusal);
	} else if (id > 0) {
		if (row_check_update(table, request->data, answer))
			row_update(
			    session, table, scope, id, request->data, answer);
		auto_numbers_forget(session, table->name);
	} else if (id == 0 && session_scope(session, table, RIGHT_INSERT,
				  refusal) == SCOPE_NONE) {
		data_answer_fail(answer, BUS_FORBIDDEN, "%s", refusal);
	} else if (id == 0) {
		id = row_insert(session, table, request->data, answer);
	}
	if (answer->code != BUS_OK)
		return;
	buffer_printf(
	    &answer->data, "{\"status\":\"ok\",\"id\":%lld}", (long long)id);
	note_change(session, table);
}

static void
op_upsert(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, request->table, answer);

	if (table != NULL && has_room(session, answer) &&
	    check_key(table, request, answer))
		upsert_row(session, table, request, answer);
}

void
write_op_run(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	static const struct op_row ops[] = {
		{ DATA_INSERT, op_insert },
		{ DATA_UPDATE, op_update },
		{ DATA_DELETE, op_delete },
		{ DATA_UPDATE_WHERE, op_update_where },
		{ DATA_DELETE_WHERE, op_delete_where },
		{ DATA_UPSERT, op_upsert },
	};

	op_table_run(ops, ARRAY_SIZE(ops), session, request, answer);
}
