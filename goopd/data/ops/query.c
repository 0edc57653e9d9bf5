#include "goopd/data/ops/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "proto/field.h"

#define TEXT(text) ((struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

/* --- what is selected */

static void
add_column(struct row_shape *shape, const struct catalog_column *column)
{
	int at = shape->row.count++;

	buffer_printf(
	    &shape->what, "%s\"%s\"", at > 0 ? "," : "", column->name);
	shape->names[at] = column->key;
	shape->is_time[at] = column->is_time;
}

bool
row_shape_init(struct row_shape *shape, const struct catalog_table *table,
    const json_t *columns, struct data_answer *answer)
{
	const struct catalog_column *column;
	const char *name;
	size_t i;

	buffer_init(&shape->what, DATABASE_SQL_MAX);
	shape->row = (struct value_row){ 0, shape->names, shape->is_time };
	if (columns == NULL)
		for (i = 0; i < table->column_count; i++)
			add_column(shape, &table->columns[i]);
	for (i = 0; i < json_array_size(columns); i++) {
		name = json_string_value(json_array_get(columns, i));
		column = name == NULL ? NULL : catalog_column(table, name);
		if (column == NULL || i >= CATALOG_COLUMNS_MAX) {
			data_answer_fail(answer, BUS_BAD_REQUEST,
			    "invalid column name: %.64s",
			    name != NULL ? name : "");
			return false;
		}
		add_column(shape, column);
	}
	return true;
}

void
row_shape_fini(struct row_shape *shape)
{
	buffer_fini(&shape->what);
}

/* --- how rows are printed */

enum { STEP_NONE, STEP_ROW, STEP_FAILED };

static int
step(struct session *session, sqlite3_stmt *statement,
    struct data_answer *answer)
{
	int rc = sqlite3_step(statement);

	if (rc == SQLITE_ROW)
		return STEP_ROW;
	if (rc == SQLITE_DONE)
		return STEP_NONE;
	session_fail(session, answer);
	return STEP_FAILED;
}

static void
fail_rows(struct session *session, struct data_answer *answer)
{
	data_answer_fail(answer, BUS_TOO_LARGE,
	    "the answer has more than %lld rows: ask for fewer with limit and "
	    "offset",
	    (long long)session_rows_max(session));
}

/* All rows as an array, each as an object, or as its only value. */
static void
print_rows(struct session *session, sqlite3_stmt *statement,
    const struct value_row *shape, struct data_answer *answer)
{
	struct buffer *data = &answer->data;
	int64_t count = 0;
	int found, rc;

	buffer_append(data, TEXT("["));
	while ((found = step(session, statement, answer)) == STEP_ROW) {
		if (++count > session_rows_max(session)) {
			fail_rows(session, answer);
			return;
		}
		rc = count > 1 ? buffer_append(data, TEXT(",")) : 0;
		if (rc == 0)
			rc = shape == NULL
				 ? value_print(data, statement, 0, false)
				 : value_print_row(data, statement, shape);
		if (!session_printed(rc, answer))
			return;
	}
	if (found == STEP_NONE)
		session_printed(buffer_append(data, TEXT("]")), answer);
}

/* --- what the operations have in common */

/* The parts of a request that each of them may have. False with a refusal. */
static bool
select_from(struct session *session, const struct data_request *request,
    struct selection *ret, struct data_answer *answer)
{
	int64_t most = session_rows_max(session);

	*ret = (struct selection){
		.where = request->where,
		.args = request->args,
		.limit = most + 1,
	};
	ret->table = session_table(
	    session, request->table, RIGHT_READ, &ret->scope, answer);
	if (ret->table == NULL)
		return false;
	if (request->has_limit) {
		ret->limit = request->limit < most ? request->limit : most + 1;
		ret->offset = request->offset > 0 ? request->offset : 0;
	}
	return true;
}

static sqlite3_stmt *
begin(struct session *session, const struct selection *selection,
    struct data_answer *answer)
{
	return selection_check(selection, answer)
		   ? selection_begin(session, selection, answer)
		   : NULL;
}

/* Its only row or none: true if there is one. */
static bool
first_row(struct session *session, struct selection *selection,
    sqlite3_stmt **ret, struct data_answer *answer)
{
	*ret = begin(session, selection, answer);
	return *ret != NULL && step(session, *ret, answer) == STEP_ROW;
}

static void
end(struct session *session, sqlite3_stmt *statement)
{
	if (statement != NULL)
		selection_end(session, statement);
}

/* --- the operations */

void
row_op_query(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	struct selection selection;
	sqlite3_stmt *statement;
	struct row_shape shape;

	if (!select_from(session, request, &selection, answer))
		return;
	if (row_shape_init(&shape, selection.table, request->columns, answer)) {
		selection.what = buffer_bytes(&shape.what);
		selection.order = request->order;
		statement = begin(session, &selection, answer);
		if (statement != NULL)
			print_rows(session, statement, &shape.row, answer);
		end(session, statement);
	}
	row_shape_fini(&shape);
}

/* Where a column is to have a value. False with a refusal. */
static bool
add_value(const struct data_request *request, struct selection *selection,
    struct data_answer *answer)
{
	if (request->value == NULL || request->column == NULL)
		return true;
	selection->value = request->value;
	selection->column = catalog_column(selection->table, request->column);
	if (selection->column == NULL)
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "invalid column name: %.64s", request->column);
	return selection->column != NULL;
}

void
row_op_query_one(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	struct selection selection;
	sqlite3_stmt *statement = NULL;
	struct row_shape shape;

	if (!select_from(session, request, &selection, answer) ||
	    !add_value(request, &selection, answer))
		return;
	if (row_shape_init(&shape, selection.table, request->columns, answer)) {
		selection.what = buffer_bytes(&shape.what);
		selection.order = request->order;
		selection.limit = 1;
		if (first_row(session, &selection, &statement, answer))
			session_printed(value_print_row(&answer->data,
					    statement, &shape.row),
			    answer);
		end(session, statement);
	}
	row_shape_fini(&shape);
}

void
row_op_exists(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	struct selection selection;
	sqlite3_stmt *statement;
	bool found;

	if (!select_from(session, request, &selection, answer))
		return;
	selection.what = TEXT("1");
	selection.limit = 1;
	selection.offset = 0;
	found = first_row(session, &selection, &statement, answer);
	if (answer->code == BUS_OK)
		buffer_printf(
		    &answer->data, "{\"exists\":%s}", found ? "true" : "false");
	end(session, statement);
}

void
row_op_count(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	struct selection selection;
	sqlite3_stmt *statement;

	if (!select_from(session, request, &selection, answer))
		return;
	selection.what = TEXT("count(*)");
	selection.limit = 1;
	selection.offset = 0;
	if (first_row(session, &selection, &statement, answer))
		buffer_printf(&answer->data, "{\"count\":%lld}",
		    (long long)sqlite3_column_int64(statement, 0));
	end(session, statement);
}

/* The values of one column. */
static void
list_values(struct session *session, const struct data_request *request,
    bool is_distinct, struct data_answer *answer)
{
	const struct catalog_column *column;
	struct selection selection;
	sqlite3_stmt *statement;
	char what[IDENTIFIER_MAX + 32], order[IDENTIFIER_MAX + 32];

	if (!select_from(session, request, &selection, answer))
		return;
	column =
	    request->column == NULL || strlen(request->column) > IDENTIFIER_MAX
		? NULL
		: catalog_column(selection.table, request->column);
	if (column == NULL) {
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "invalid column name: %.64s",
		    request->column != NULL ? request->column : "");
		return;
	}
	snprintf(what, sizeof(what), "%s\"%s\"", is_distinct ? "DISTINCT " : "",
	    column->name);
	snprintf(order, sizeof(order), "\"%s\"", column->name);
	selection.what = bytes_of(what);
	selection.order = is_distinct ? order : request->order;
	statement = begin(session, &selection, answer);
	if (statement != NULL)
		print_rows(session, statement, NULL, answer);
	end(session, statement);
}

void
row_op_pluck(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	list_values(session, request, false, answer);
}

void
row_op_distinct(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	list_values(session, request, true, answer);
}

/* Rows with what names the expression gives its columns. */
static void
print_groups(struct session *session, sqlite3_stmt *statement,
    struct data_answer *answer)
{
	int count = sqlite3_column_count(statement), i;
	struct bytes names[CATALOG_COLUMNS_MAX];
	struct value_row row = { count, names, NULL };
	struct buffer text;

	for (i = 0; i < count; i++) {
		buffer_init(&text, DATABASE_SQL_MAX);
		value_print_text(
		    &text, bytes_of(sqlite3_column_name(statement, i)));
		buffer_append(&text, TEXT(":"));
		names[i].len = text.len;
		names[i].data = xmemdup(buffer_bytes(&text).data, text.len);
		buffer_fini(&text);
	}
	print_rows(session, statement, &row, answer);
	for (i = 0; i < count; i++)
		text_free((const char *)names[i].data);
}

void
row_op_aggregate(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	struct selection selection;
	sqlite3_stmt *statement;

	if (!select_from(session, request, &selection, answer))
		return;
	selection.expr = request->expr;
	selection.group_by = request->group_by;
	selection.order = request->order;
	statement = begin(session, &selection, answer);
	if (statement != NULL)
		print_groups(session, statement, answer);
	end(session, statement);
}
