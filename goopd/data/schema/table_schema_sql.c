#include "goopd/data/schema/table_schema.h"

#include <errno.h>
#include <string.h>

#include "goopd/data/schema/table_sql.h"

static const char *const sql_types[] = {
#define COLUMN_TYPE_SQL(name, word, sql) [COLUMN_##name] = sql,
	COLUMN_TYPES(COLUMN_TYPE_SQL)
};

static int
print_blob(const char *text, struct buffer *sql)
{
	int rc = buffer_append(sql, bytes_of("x'"));

	for (; *text != '\0' && rc == 0; text++)
		rc = buffer_printf(sql, "%02x", (unsigned char)*text);
	return rc == 0 ? buffer_append(sql, bytes_of("'")) : rc;
}

static bool
is_bare(const struct schema_column *column)
{
	switch (column->type) {
	case COLUMN_INTEGER:
	case COLUMN_REAL:
		return table_sql_is_number(column->fallback);
	case COLUMN_DATETIME:
	case COLUMN_DATE:
	case COLUMN_TIME:
		return table_sql_is_now(column->fallback);
	default:
		return false;
	}
}

static int
print_default(const struct schema_column *column, struct buffer *sql)
{
	int rc;

	if (column->fallback == NULL)
		return 0;
	rc = buffer_append(sql, bytes_of(" DEFAULT "));
	if (rc < 0)
		return rc;
	if (is_bare(column))
		return buffer_append(sql, bytes_of(column->fallback));
	if (column->type == COLUMN_BLOB)
		return print_blob(column->fallback, sql);
	return table_sql_text(column->fallback, sql);
}

int
schema_column_print(const struct schema_column *column, struct buffer *sql)
{
	bool is_needed = column->is_required || column->is_key;
	int rc = buffer_printf(sql, "\"%s\" %s%s", column->name,
	    sql_types[column->type], is_needed ? " NOT NULL" : "");

	return rc == 0 ? print_default(column, sql) : rc;
}

int
table_schema_print_create(const struct table_schema *schema, struct buffer *sql)
{
	int rc = table_sql_begin(schema->name, sql);
	size_t i;

	for (i = 0; i < schema->column_count && rc == 0; i++) {
		rc = buffer_append(sql, bytes_of(", "));
		if (rc == 0)
			rc = schema_column_print(&schema->columns[i], sql);
	}
	return rc == 0 ? buffer_append(sql, bytes_of(")")) : rc;
}
