#include "goopd/data/ops/read_ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "goopd/data/ops/op_table.h"
#include "goopd/data/schema/roles.h"
#include "goopd/data/ops/query.h"
#include "goopd/data/sql/value.h"

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

static void
list_tables(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	const struct catalog *catalog = session->catalog;
	size_t i, count = 0;
	int rc = buffer_append(&answer->data, bytes_of("["));

	(void)request;
	for (i = 0; i < catalog->count && rc == 0; i++) {
		if (!session_sees(session, &catalog->tables[i]))
			continue;
		if (count++ > 0)
			buffer_append(&answer->data, bytes_of(","));
		rc = print_table(session, &catalog->tables[i], &answer->data);
	}
	if (rc == 0)
		rc = buffer_append(&answer->data, bytes_of("]"));
	session_printed(rc, answer);
}

static void
list_schemas(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	const struct catalog *catalog = session->catalog;
	struct buffer *data = &answer->data;
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
	session_printed(rc, answer);
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

static void
describe(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, request->table, answer);
	struct buffer *data = &answer->data;
	size_t i;

	if (table == NULL)
		return;
	if (!session_sees(session, table)) {
		data_answer_fail(
		    answer, BUS_NOT_FOUND, "no such table: %s", request->table);
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
	session_printed(buffer_append(data, bytes_of("}")), answer);
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

static void
tell_role(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	static const bool all[RIGHTS] = { true, true, true, true };
	const struct catalog_table *table =
	    session_find(session, request->table, answer);
	char role[ROLE_NAME_MAX + 1] = "";
	const struct table_role *found;

	if (table == NULL)
		return;
	if (session->caller->is_owner) {
		print_role("owner", all, &answer->data);
		return;
	}
	roles_find(
	    session->database, session->catalog, session->caller_text, role);
	found = find_role(table, role);
	print_role(role, found != NULL ? found->may : NULL, &answer->data);
}

void
read_op_run(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	static const struct op_row ops[] = {
		{ DATA_QUERY, row_op_query },
		{ DATA_QUERY_ONE, row_op_query_one },
		{ DATA_EXISTS, row_op_exists },
		{ DATA_COUNT, row_op_count },
		{ DATA_PLUCK, row_op_pluck },
		{ DATA_DISTINCT, row_op_distinct },
		{ DATA_AGGREGATE, row_op_aggregate },
		{ DATA_TABLES, list_tables },
		{ DATA_ORM_SCHEMA, list_schemas },
		{ DATA_DESCRIBE, describe },
		{ DATA_ROLE, tell_role },
	};

	op_table_run(ops, ARRAY_SIZE(ops), session, request, answer);
}
