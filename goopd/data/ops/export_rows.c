#include "goopd/data/ops/export_rows.h"

#include <errno.h>
#include <string.h>

#include "goopd/data/ops/query.h"
#include "goopd/data/ops/owner_ops.h"

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
    const struct row_shape *shape, int64_t most, struct page *page,
    struct data_answer *answer)
{
	int step;

	while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
		if (page->rows == most || page->text.len >= EXPORT_PAGE_MAX)
			return true;
		if (!session_printed(put_row(page, rows, shape), answer))
			return false;
	}
	if (step != SQLITE_DONE)
		session_fail(session, answer);
	page->is_last = step == SQLITE_DONE;
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
print_page(const struct page *page, struct data_answer *answer)
{
	int rc = buffer_append(&answer->data, bytes_of("{\"text\":"));

	if (rc == 0)
		rc = value_print_text(&answer->data, buffer_bytes(&page->text));
	if (rc == 0 && page->is_last)
		rc = buffer_append(&answer->data, bytes_of(",\"after\":null}"));
	else if (rc == 0)
		rc = buffer_printf(
		    &answer->data, ",\"after\":%lld}", (long long)page->last);
	session_printed(rc, answer);
}

static void
read_page(struct session *session, const struct catalog_table *table,
    const struct data_request *request, struct data_answer *answer)
{
	int64_t most = request->has_limit && request->limit < EXPORT_ROWS_MAX
			   ? request->limit
			   : EXPORT_ROWS_MAX;
	struct page page = { .is_csv = request->format == NULL ||
				       strcmp(request->format, "json") != 0 };
	struct row_shape shape;
	sqlite3_stmt *rows;

	row_shape_init(&shape, table, NULL, answer);
	buffer_init(&page.text, DATA_ANSWER_MAX);
	rows = prepare(session, table, &shape, request);
	if (rows == NULL) {
		session_fail(session, answer);
	} else {
		if (page.is_csv && request->after == 0)
			put_header(&page, table);
		if (put_rows(session, rows, &shape, most, &page, answer))
			print_page(&page, answer);
		database_release(session->database, rows);
	}
	buffer_fini(&page.text);
	row_shape_fini(&shape);
}

void
export_rows(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, request->table, answer);

	if (table == NULL)
		return;
	if (request->format != NULL && strcmp(request->format, "csv") != 0 &&
	    strcmp(request->format, "json") != 0)
		data_answer_fail(
		    answer, BUS_BAD_REQUEST, "format must be csv or json");
	else
		read_page(session, table, request, answer);
}
