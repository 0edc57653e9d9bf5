#include "goopd/data/ops/read_ops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goopd/data/ops/selection.h"
#include "goopd/data/ops/trash.h"
#include "goopd/data/sql/value.h"
#include "proto/field.h"

#define TEXT(text) ((struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

/* --- what is selected */

/* What of a table is selected, and how its rows are printed. */
struct row_shape {
	struct buffer what;
	struct bytes names[CATALOG_COLUMNS_MAX];
	bool is_time[CATALOG_COLUMNS_MAX];
	struct value_row row; /* points into the above */
};

static void
add_column(struct row_shape *shape, const struct catalog_column *column)
{
	int at = shape->row.count++;

	buffer_printf(
	    &shape->what, "%s\"%s\"", at > 0 ? "," : "", column->name);
	shape->names[at] = column->key;
	shape->is_time[at] = column->is_time;
}

/* Of these columns (an array of names), or all with NULL. False with a refusal
 * if it has no such column. Ends with row_shape_fini() either way. */
static bool
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

static void
row_shape_fini(struct row_shape *shape)
{
	buffer_fini(&shape->what);
}

/* --- how rows are printed */

/* As database_step(), with a refusal. */
static int
step(struct session *session, sqlite3_stmt *statement)
{
	int rc = database_step(statement);

	session_check(session, rc);
	return rc;
}

static void
fail_rows(struct session *session)
{
	data_answer_fail(session->answer, BUS_TOO_LARGE,
	    "the answer has more than %lld rows: ask for fewer with "
	    "limit and "
	    "offset",
	    (long long)session_rows_max(session));
}

/* All rows as an array, each as an object, or as its only value. */
static void
print_rows(struct session *session, sqlite3_stmt *statement,
    const struct value_row *shape)
{
	struct buffer *data = &session->answer->data;
	int64_t count = 0;
	int found, rc;

	buffer_append(data, TEXT("["));
	while ((found = step(session, statement)) == DATABASE_ROW) {
		if (++count > session_rows_max(session)) {
			fail_rows(session);
			return;
		}
		rc = count > 1 ? buffer_append(data, TEXT(",")) : 0;
		if (rc == 0)
			rc = shape == NULL
				 ? value_print(data, statement, 0, false)
				 : value_print_row(data, statement, shape);
		if (!session_printed(session, rc))
			return;
	}
	if (found == 0)
		session_printed(session, buffer_append(data, TEXT("]")));
}

/* --- what the operations have in common */

/* The parts of a request that each of them may have. False with a refusal. */
static bool
select_from(struct session *session, const struct data_request *request,
    struct selection *ret)
{
	int64_t most = session_rows_max(session);

	*ret = (struct selection){
		.where = request->where,
		.args = request->args,
		.limit = most + 1,
	};
	ret->table =
	    session_table(session, request->table, RIGHT_READ, &ret->scope);
	if (ret->table == NULL)
		return false;
	if (request->has_limit) {
		ret->limit = request->limit < most ? request->limit : most + 1;
		ret->offset = request->offset > 0 ? request->offset : 0;
	}
	return true;
}

static sqlite3_stmt *
begin(struct session *session, const struct selection *selection)
{
	return selection_check(selection, session->answer)
		   ? selection_begin(session, selection)
		   : NULL;
}

/* Its only row or none: true if there is one. */
static bool
first_row(
    struct session *session, struct selection *selection, sqlite3_stmt **ret)
{
	*ret = begin(session, selection);
	return *ret != NULL && step(session, *ret) == DATABASE_ROW;
}

static void
end(struct session *session, sqlite3_stmt *statement)
{
	if (statement != NULL)
		selection_end(session, statement);
}

/* --- rows */

void
data_op_query(struct session *session, const struct data_request *request)
{
	struct selection selection;
	sqlite3_stmt *statement;
	struct row_shape shape;

	if (!select_from(session, request, &selection))
		return;
	if (row_shape_init(
		&shape, selection.table, request->columns, session->answer)) {
		selection.what = buffer_bytes(&shape.what);
		selection.order = request->order;
		statement = begin(session, &selection);
		if (statement != NULL)
			print_rows(session, statement, &shape.row);
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
data_op_query_one(struct session *session, const struct data_request *request)
{
	struct selection selection;
	sqlite3_stmt *statement = NULL;
	struct row_shape shape;

	if (!select_from(session, request, &selection) ||
	    !add_value(request, &selection, session->answer))
		return;
	if (row_shape_init(
		&shape, selection.table, request->columns, session->answer)) {
		selection.what = buffer_bytes(&shape.what);
		selection.order = request->order;
		selection.limit = 1;
		if (first_row(session, &selection, &statement))
			session_printed(
			    session, value_print_row(&session->answer->data,
					 statement, &shape.row));
		end(session, statement);
	}
	row_shape_fini(&shape);
}

void
data_op_exists(struct session *session, const struct data_request *request)
{
	struct selection selection;
	sqlite3_stmt *statement;
	bool found;

	if (!select_from(session, request, &selection))
		return;
	selection.what = TEXT("1");
	selection.limit = 1;
	selection.offset = 0;
	found = first_row(session, &selection, &statement);
	if (session->answer->code == BUS_OK)
		buffer_printf(&session->answer->data, "{\"exists\":%s}",
		    found ? "true" : "false");
	end(session, statement);
}

void
data_op_count(struct session *session, const struct data_request *request)
{
	struct selection selection;
	sqlite3_stmt *statement;

	if (!select_from(session, request, &selection))
		return;
	selection.what = TEXT("count(*)");
	selection.limit = 1;
	selection.offset = 0;
	if (first_row(session, &selection, &statement))
		buffer_printf(&session->answer->data, "{\"count\":%lld}",
		    (long long)sqlite3_column_int64(statement, 0));
	end(session, statement);
}

/* The values of one column. */
static void
list_values(struct session *session, const struct data_request *request,
    bool is_distinct)
{
	const struct catalog_column *column;
	struct selection selection;
	sqlite3_stmt *statement;
	char what[IDENTIFIER_MAX + 32], order[IDENTIFIER_MAX + 32];

	if (!select_from(session, request, &selection))
		return;
	column =
	    request->column == NULL || strlen(request->column) > IDENTIFIER_MAX
		? NULL
		: catalog_column(selection.table, request->column);
	if (column == NULL) {
		data_answer_fail(session->answer, BUS_BAD_REQUEST,
		    "invalid column name: %.64s",
		    request->column != NULL ? request->column : "");
		return;
	}
	snprintf(what, sizeof(what), "%s\"%s\"", is_distinct ? "DISTINCT " : "",
	    column->name);
	snprintf(order, sizeof(order), "\"%s\"", column->name);
	selection.what = bytes_of(what);
	selection.order = is_distinct ? order : request->order;
	statement = begin(session, &selection);
	if (statement != NULL)
		print_rows(session, statement, NULL);
	end(session, statement);
}

void
data_op_pluck(struct session *session, const struct data_request *request)
{
	list_values(session, request, false);
}

void
data_op_distinct(struct session *session, const struct data_request *request)
{
	list_values(session, request, true);
}

/* Rows with what names the expression gives its columns. */
static void
print_groups(struct session *session, sqlite3_stmt *statement)
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
	print_rows(session, statement, &row);
	for (i = 0; i < count; i++)
		text_free((const char *)names[i].data);
}

void
data_op_aggregate(struct session *session, const struct data_request *request)
{
	struct selection selection;
	sqlite3_stmt *statement;

	if (!select_from(session, request, &selection))
		return;
	selection.expr = request->expr;
	selection.group_by = request->group_by;
	selection.order = request->order;
	statement = begin(session, &selection);
	if (statement != NULL)
		print_groups(session, statement);
	end(session, statement);
}

/* --- tables */

/* "2024-01-02 15:04:05" of SQLite as RFC 3339; other texts as they are. */
static int
print_created(struct buffer *data, const char *text)
{
	char time_text[] = "2024-01-02T15:04:05Z";

	if (text == NULL)
		return buffer_append(data, bytes_of("null"));
	if (strlen(text) != sizeof(time_text) - 2 || text[10] != ' ')
		return value_print_text(data, bytes_of(text));
	memcpy(time_text, text, sizeof(time_text) - 2);
	time_text[10] = 'T';
	return value_print_text(data, bytes_of(time_text));
}

/* For the owner's pages: the levels as they count. */
static void
print_access(struct buffer *data, const struct catalog_table *table)
{
	unsigned int right; /* enum table_right */

	buffer_append(data, bytes_of(",\"access\":{"));
	for (right = 0; right < RIGHTS; right++)
		buffer_printf(data, "%s\"%s\":\"%s\"", right > 0 ? "," : "",
		    table_right_name(right),
		    table_level_name(table->access.level[right]));
	buffer_append(data, bytes_of("}"));
}

static int
print_table(struct session *session, const struct catalog_table *table,
    struct buffer *data)
{
	buffer_append(data, bytes_of("{\"name\":"));
	value_print_text(data, bytes_of(table->name));
	buffer_append(data, bytes_of(",\"insert_policy\":"));
	value_print_text(data, bytes_of(table->policy));
	buffer_append(data, bytes_of(",\"created_at\":"));
	print_created(data, table->created_at);
	buffer_printf(data, ",\"mode\":\"%s\"",
	    table->schema != NULL ? "orm" : "classic");
	if (session->caller->is_owner)
		print_access(data, table);
	return buffer_append(data, bytes_of("}"));
}

void
data_op_tables(struct session *session, const struct data_request *request)
{
	const struct catalog *catalog = session->catalog;
	size_t i, count = 0;
	int rc = buffer_append(&session->answer->data, bytes_of("["));

	(void)request;
	for (i = 0; i < catalog->count && rc == 0; i++) {
		if (!session_sees(session, &catalog->tables[i]))
			continue;
		if (count++ > 0)
			buffer_append(&session->answer->data, bytes_of(","));
		rc = print_table(
		    session, &catalog->tables[i], &session->answer->data);
	}
	if (rc == 0)
		rc = buffer_append(&session->answer->data, bytes_of("]"));
	session_printed(session, rc);
}

void
data_op_orm_schema(struct session *session, const struct data_request *request)
{
	const struct catalog *catalog = session->catalog;
	struct buffer *data = &session->answer->data;
	const struct catalog_table *table;
	size_t i, count = 0;
	int rc = buffer_append(data, bytes_of("{"));

	(void)request;
	for (i = 0; i < catalog->count && rc == 0; i++) {
		table = &catalog->tables[i];
		if (table->schema == NULL || !session_sees(session, table))
			continue;
		if (count++ > 0)
			buffer_append(data, bytes_of(","));
		value_print_text(data, bytes_of(table->name));
		buffer_append(data, bytes_of(":"));
		rc = buffer_append(data, bytes_of(table->schema_text));
	}
	if (rc == 0)
		rc = buffer_append(data, bytes_of("}"));
	session_printed(session, rc);
}

/* --- describe */

static int
print_column(
    struct buffer *data, const struct catalog_column *column, size_t at)
{
	buffer_printf(data, "%s{\"cid\":%zu,\"name\":", at > 0 ? "," : "", at);
	value_print_text(data, bytes_of(column->name));
	buffer_append(data, bytes_of(",\"type\":"));
	value_print_text(data, bytes_of(column->type));
	buffer_printf(data, ",\"not_null\":%s,\"default\":",
	    column->is_not_null ? "true" : "false");
	if (column->fallback == NULL)
		buffer_append(data, bytes_of("null"));
	else
		value_print_text(data, bytes_of(column->fallback));
	return buffer_printf(
	    data, ",\"pk\":%s}", column->place_in_key > 0 ? "true" : "false");
}

void
data_op_describe(struct session *session, const struct data_request *request)
{
	const struct catalog_table *table =
	    session_find(session, request->table);
	struct buffer *data = &session->answer->data;
	size_t i;

	if (table == NULL)
		return;
	if (!session_sees(session, table)) {
		data_answer_fail(session->answer, BUS_NOT_FOUND,
		    "no such table: %s", request->table);
		return;
	}
	buffer_printf(data, "{\"mode\":\"%s\",",
	    table->schema != NULL ? "orm" : "classic");
	if (table->schema != NULL) {
		buffer_append(data, bytes_of("\"schema\":"));
		buffer_append(data, bytes_of(table->schema_text));
	} else {
		buffer_append(data, bytes_of("\"columns\":["));
		for (i = 0; i < table->column_count; i++)
			print_column(data, &table->columns[i], i);
		buffer_append(data, bytes_of("]"));
	}
	if (session->caller->is_owner)
		print_access(data, table);
	session_printed(session, buffer_append(data, bytes_of("}")));
}

/* --- role */

static const struct table_role *
find_role(const struct catalog_table *table, const char *name)
{
	size_t i;

	for (i = 0; table->rules != NULL && i < table->rules->role_count; i++)
		if (!strcmp(table->rules->roles[i].name, name))
			return &table->rules->roles[i];
	return NULL;
}

static void
print_role(const char *role, const bool may[RIGHTS], struct buffer *data)
{
	unsigned int right; /* enum table_right */

	buffer_append(data, bytes_of("{\"role\":"));
	value_print_text(data, bytes_of(role));
	buffer_append(data, bytes_of(",\"permissions\":"));
	if (may == NULL)
		buffer_append(data, bytes_of("null"));
	for (right = 0; may != NULL && right < RIGHTS; right++)
		buffer_printf(data, "%s\"%s\":%s", right == 0 ? "{" : ",",
		    table_right_name(right), may[right] ? "true" : "false");
	buffer_append(data, bytes_of(may != NULL ? "}}" : "}"));
}

void
data_op_role(struct session *session, const struct data_request *request)
{
	static const bool all[RIGHTS] = { true, true, true, true };
	const struct catalog_table *table =
	    session_find(session, request->table);
	char role[ROLE_NAME_MAX + 1] = "";
	const struct table_role *found;

	if (table == NULL)
		return;
	if (session->caller->is_owner) {
		print_role("owner", all, &session->answer->data);
		return;
	}
	catalog_role(
	    session->database, session->catalog, session->caller_text, role);
	found = find_role(table, role);
	print_role(
	    role, found != NULL ? found->may : NULL, &session->answer->data);
}

/* --- export-schema, trash */

static json_t *
column_to_json(const struct catalog_column *column)
{
	json_t *json = json_pack("{s:s, s:s}", "name", column->name, "type",
	    column_type_of_sql(column->type));

	if (column->is_not_null)
		json_object_set_new(json, "required", json_true());
	return json;
}

/* A classic table as a typed one would be. */
static json_t *
classic_to_json(const struct catalog_table *table)
{
	json_t *columns = json_array(), *access = json_object();
	unsigned int right; /* enum table_right */
	size_t i;

	for (i = 0; i < table->column_count; i++)
		if (!identifier_is_system_column(table->columns[i].name))
			json_array_append_new(
			    columns, column_to_json(&table->columns[i]));
	for (right = 0; right < RIGHTS; right++)
		json_object_set_new(access, table_right_name(right),
		    json_string(table_level_name(table->access.level[right])));
	return json_pack("{s:s, s:o, s:o, s:b}", "name", table->name, "columns",
	    columns, "access", access, "system_key", 1);
}

void
data_op_export_schema(
    struct session *session, const struct data_request *request)
{
	const struct catalog_table *table =
	    session_find(session, request->table);
	json_t *json;
	char *text;

	if (table == NULL)
		return;
	if (table->schema != NULL) {
		session_printed(session, buffer_append(&session->answer->data,
					     bytes_of(table->schema_text)));
		return;
	}
	json = classic_to_json(table);
	text = json_dumps(json, JSON_COMPACT);
	if (text != NULL)
		session_printed(session,
		    buffer_append(&session->answer->data, bytes_of(text)));
	free(text);
	json_decref(json);
}

void
data_op_trash(struct session *session, const struct data_request *request)
{
	(void)request;
	trash_list(session);
}

/* --- export-rows */

struct page {
	struct buffer text;
	int64_t last; /* _id of the last row in it */
	int64_t rows;
	bool is_last, is_csv;
};

/* --- CSV */

static int
put_field(struct buffer *text, struct bytes field)
{
	const uint8_t *quote;
	int rc = 0;
	size_t i;

	for (i = 0; i < field.len; i++)
		if (strchr("\",\r\n", field.data[i]) != NULL)
			break;
	if (i == field.len)
		return buffer_append(text, field);
	buffer_append(text, bytes_of("\""));
	while (rc == 0 && field.len > 0) {
		quote = memchr(field.data, '"', field.len);
		i = quote == NULL ? field.len
				  : (size_t)(quote - field.data) + 1;
		rc = buffer_append(text, (struct bytes){ field.data, i });
		if (quote != NULL)
			rc = buffer_append(text, bytes_of("\""));
		field.data += i;
		field.len -= i;
	}
	return rc == 0 ? buffer_append(text, bytes_of("\"")) : rc;
}

static int
put_header(struct page *page, const struct catalog_table *table)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < table->column_count && rc == 0; i++) {
		if (i > 0)
			buffer_append(&page->text, bytes_of(","));
		rc = put_field(&page->text, bytes_of(table->columns[i].name));
	}
	return rc == 0 ? buffer_append(&page->text, bytes_of("\r\n")) : rc;
}

/* A NUL has no place in a text file. */
static struct bytes
before_nul(struct bytes field)
{
	return (struct bytes){ field.data,
		field.len == 0 ? 0
			       : strnlen((const char *)field.data, field.len) };
}

static int
put_csv_row(struct page *page, sqlite3_stmt *row, int count)
{
	struct bytes field;
	int rc = 0, i;

	for (i = 0; i < count && rc == 0; i++) {
		if (i > 0)
			buffer_append(&page->text, bytes_of(","));
		field.data = sqlite3_column_blob(row, i);
		if (sqlite3_column_type(row, i) != SQLITE_BLOB)
			field.data = sqlite3_column_text(row, i);
		field.len = (size_t)sqlite3_column_bytes(row, i);
		rc = put_field(&page->text, before_nul(field));
	}
	return rc == 0 ? buffer_append(&page->text, bytes_of("\r\n")) : rc;
}

/* --- a page */

static int
put_row(struct page *page, sqlite3_stmt *row, const struct row_shape *shape)
{
	int64_t id = sqlite3_column_int64(row, shape->row.count);
	int rc;

	if (page->is_csv) {
		rc = put_csv_row(page, row, shape->row.count);
	} else {
		rc = page->rows > 0
			 ? buffer_append(&page->text, bytes_of(",\n"))
			 : 0;
		if (rc == 0)
			rc = value_print_row(&page->text, row, &shape->row);
	}
	if (rc == 0) {
		page->rows++;
		page->last = id;
	}
	return rc;
}

/* Rows until there are enough. False with a refusal. */
static bool
put_rows(struct session *session, sqlite3_stmt *rows,
    const struct row_shape *shape, int64_t most, struct page *page)
{
	int step;

	while ((step = database_step(rows)) == DATABASE_ROW) {
		if (page->rows == most || page->text.len >= EXPORT_PAGE_MAX)
			return true;
		if (!session_printed(session, put_row(page, rows, shape)))
			return false;
	}
	page->is_last = session_check(session, step);
	return page->is_last;
}

static sqlite3_stmt *
prepare(struct session *session, const struct catalog_table *table,
    struct row_shape *shape, const struct data_request *request)
{
	const char *id = table->has_id ? "\"_id\"" : "rowid";
	sqlite3_stmt *rows = NULL;
	struct buffer sql;

	buffer_init(&sql, DATABASE_SQL_MAX);
	buffer_append(&sql, bytes_of("SELECT "));
	buffer_append(&sql, buffer_bytes(&shape->what));
	buffer_printf(&sql, ",%s FROM main.\"%s\"", id, table->name);
	if (request->after != 0)
		buffer_printf(&sql, " WHERE %s > ?1", id);
	buffer_printf(&sql, " ORDER BY %s", id);
	if (buffer_append(&sql, (struct bytes){ (const uint8_t *)"", 1 }) == 0)
		rows = database_statement(session->database,
		    (const char *)buffer_bytes(&sql).data, STATEMENT_PASSES);
	buffer_fini(&sql);
	if (rows != NULL && request->after != 0)
		sqlite3_bind_int64(rows, 1, request->after);
	return rows;
}

static void
print_page(struct session *session, const struct page *page)
{
	struct buffer *data = &session->answer->data;
	int rc = buffer_append(data, bytes_of("{\"text\":"));

	if (rc == 0)
		rc = value_print_text(data, buffer_bytes(&page->text));
	if (rc == 0 && page->is_last)
		rc = buffer_append(data, bytes_of(",\"after\":null}"));
	else if (rc == 0)
		rc = buffer_printf(
		    data, ",\"after\":%lld}", (long long)page->last);
	session_printed(session, rc);
}

static void
read_page(struct session *session, const struct catalog_table *table,
    const struct data_request *request)
{
	int64_t most = request->has_limit && request->limit < EXPORT_ROWS_MAX
			   ? request->limit
			   : EXPORT_ROWS_MAX;
	struct page page = { .is_csv = request->format == NULL ||
				       strcmp(request->format, "json") != 0 };
	struct row_shape shape;
	sqlite3_stmt *rows;

	row_shape_init(&shape, table, NULL, session->answer);
	buffer_init(&page.text, DATA_ANSWER_MAX);
	rows = prepare(session, table, &shape, request);
	if (rows == NULL) {
		session_fail(session);
	} else {
		if (page.is_csv && request->after == 0)
			put_header(&page, table);
		if (put_rows(session, rows, &shape, most, &page))
			print_page(session, &page);
		database_release(session->database, rows);
	}
	buffer_fini(&page.text);
	row_shape_fini(&shape);
}

void
data_op_export_rows(struct session *session, const struct data_request *request)
{
	const struct catalog_table *table =
	    session_find(session, request->table);

	if (table == NULL)
		return;
	if (request->format != NULL && strcmp(request->format, "csv") != 0 &&
	    strcmp(request->format, "json") != 0)
		data_answer_fail(session->answer, BUS_BAD_REQUEST,
		    "format must be csv or json");
	else
		read_page(session, table, request);
}
