#include "cli/data/sql_output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/data/sql_text.h"
#include "common/base/xalloc.h"

struct sql_output {
	sqlite3_stmt *statement;
	FILE *to;
	int columns;
	bool is_json;
	size_t rows;
	/* of a table: the first rows, until the widths are known */
	size_t *widths;
	char *
	    *cells; /* the names, then row by row; freed as they are printed */
	size_t cell_count;
	size_t cell_bytes;
	bool is_sampling;
};

static struct bytes
column_bytes(sqlite3_stmt *statement, int column)
{
	const void *data = sqlite3_column_blob(statement, column);
	int len = sqlite3_column_bytes(statement, column);

	return (struct bytes){ data, data == NULL ? 0 : (size_t)len };
}

static void
write_hex(struct bytes bytes, FILE *to)
{
	size_t i;

	for (i = 0; i < bytes.len; i++)
		fprintf(to, "%02x", bytes.data[i]);
}

/* The shortest form that reads back to the same number. JSON has no infinity; a
 * number too large to be read is read as infinity. */
static void
write_real_json(double value, FILE *to)
{
	char text[32];
	int digits = 14;

	if (isinf(value))
		fputs(value < 0 ? "-1e999" : "1e999", to);
	else {
		do {
			snprintf(text, sizeof(text), "%.*g", ++digits, value);
		} while (digits < 17 && strtod(text, NULL) != value);
		fputs(text, to);
	}
}

static void
write_json(sqlite3_stmt *statement, int column, FILE *to)
{
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_NULL:
		fputs("null", to);
		break;
	case SQLITE_INTEGER:
		fprintf(to, "%lld",
		    (long long)sqlite3_column_int64(statement, column));
		break;
	case SQLITE_FLOAT:
		write_real_json(sqlite3_column_double(statement, column), to);
		break;
	case SQLITE_BLOB:
		fputs("{\"hex\":\"", to);
		write_hex(column_bytes(statement, column), to);
		fputs("\"}", to);
		break;
	default:
		sql_text_write_json(column_bytes(statement, column), to);
	}
}

static void
write_cell(sqlite3_stmt *statement, int column, FILE *to)
{
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_NULL:
		fputs("NULL", to);
		break;
	case SQLITE_BLOB:
		fputs("x'", to);
		write_hex(column_bytes(statement, column), to);
		fputc('\'', to);
		break;
	default: /* numbers as SQLite writes them */
		sql_text_write(
		    (struct bytes){ sqlite3_column_text(statement, column),
			(size_t)sqlite3_column_bytes(statement, column) },
		    to);
	}
}

/* Of two columns with one name, an object would keep only one. */
static void
write_json_name(sqlite3_stmt *statement, int column, FILE *to)
{
	const char *name = sqlite3_column_name(statement, column);
	CLEANUP_FREE char *numbered = NULL;
	int i, same = 1;

	for (i = 0; i < column; i++)
		same += !strcmp(sqlite3_column_name(statement, i), name);
	if (same > 1)
		numbered = xasprintf("%s:%d", name, same);
	sql_text_write_json(bytes_of(same > 1 ? numbered : name), to);
}

static void
json_row(struct sql_output *output)
{
	int i;

	fputs(output->rows == 0 ? "[" : ",\n ", output->to);
	for (i = 0; i < output->columns; i++) {
		fputc(i == 0 ? '{' : ',', output->to);
		write_json_name(output->statement, i, output->to);
		fputc(':', output->to);
		write_json(output->statement, i, output->to);
	}
	fputc('}', output->to);
}

/* --- the table */

static FILE *
memory_open(char **ret, size_t *ret_len)
{
	return xcheck(open_memstream(ret, ret_len));
}

static void
table_keep(struct sql_output *output, size_t column, char *cell, size_t len)
{
	size_t width = sql_text_width(cell);

	if (width > SQL_OUTPUT_WIDTH_MAX)
		width = SQL_OUTPUT_WIDTH_MAX;
	if (width > output->widths[column])
		output->widths[column] = width;
	output->cells = xreallocarray(
	    output->cells, output->cell_count + 1, sizeof(*output->cells));
	output->cells[output->cell_count++] = cell;
	output->cell_bytes += len;
}

static void
table_print_cell(
    const struct sql_output *output, size_t column, const char *cell)
{
	size_t width = sql_text_width(cell);

	fputs(cell, output->to);
	if (column + 1 == (size_t)output->columns) {
		fputc('\n', output->to);
		return;
	}
	for (; width < output->widths[column]; width++)
		fputc(' ', output->to);
	fputs("  ", output->to);
}

static void
table_print_line(const struct sql_output *output)
{
	size_t i, k;

	for (i = 0; i < (size_t)output->columns; i++) {
		for (k = 0; k < output->widths[i]; k++)
			fputc('-', output->to);
		fputs(
		    i + 1 == (size_t)output->columns ? "\n" : "  ", output->to);
	}
}

/* The widths are known now: print what was kept. */
static void
table_end_sample(struct sql_output *output)
{
	size_t i;

	for (i = 0; i < output->cell_count; i++) {
		if (i == (size_t)output->columns)
			table_print_line(output);
		table_print_cell(
		    output, i % (size_t)output->columns, output->cells[i]);
		free(output->cells[i]);
	}
	if (output->cell_count == (size_t)output->columns)
		table_print_line(output);
	free(output->cells);
	output->cells = NULL;
	output->is_sampling = false;
}

static void
table_begin(struct sql_output *output)
{
	size_t i, len;
	char *cell;
	FILE *to;

	output->is_sampling = true;
	output->widths =
	    xreallocarray(NULL, (size_t)output->columns, sizeof(size_t));
	for (i = 0; i < (size_t)output->columns; i++) {
		output->widths[i] = 1;
		to = memory_open(&cell, &len);
		sql_text_write(
		    bytes_of(sqlite3_column_name(output->statement, (int)i)),
		    to);
		fclose(to);
		table_keep(output, i, cell, len);
	}
}

static void
table_row(struct sql_output *output)
{
	size_t i, len;
	char *cell;
	FILE *to;

	for (i = 0; i < (size_t)output->columns; i++) {
		to = memory_open(&cell, &len);
		write_cell(output->statement, (int)i, to);
		fclose(to);
		if (output->is_sampling) {
			table_keep(output, i, cell, len);
			continue;
		}
		table_print_cell(output, i, cell);
		free(cell);
	}
	if (output->is_sampling &&
	    (output->rows + 1 >= SQL_OUTPUT_SAMPLE_ROWS ||
		output->cell_bytes >= SQL_OUTPUT_SAMPLE_BYTES))
		table_end_sample(output);
}

struct sql_output *
sql_output_new(sqlite3_stmt *statement, bool is_json, FILE *to)
{
	struct sql_output *output = xzalloc(sizeof(*output));

	output->statement = statement;
	output->to = to;
	output->columns = sqlite3_column_count(statement);
	output->is_json = is_json;
	if (!is_json && output->columns > 0)
		table_begin(output);
	return output;
}

void
sql_output_row(struct sql_output *output)
{
	if (output->is_json)
		json_row(output);
	else
		table_row(output);
	output->rows++;
}

void
sql_output_finish(struct sql_output *output)
{
	if (output->is_json)
		fputs(output->rows == 0 ? "[]\n" : "]\n", output->to);
	else if (output->is_sampling)
		table_end_sample(output);
	free(output->widths);
	free(output);
}
