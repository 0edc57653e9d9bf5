#include "goopd/data/ops/owner_ops.h"

#include <stdlib.h>
#include <string.h>

#include "goopd/data/ops/export_rows.h"
#include "goopd/data/schema/sql_type.h"
#include "goopd/data/ops/trash.h"

static json_t *
column_to_json(const struct catalog_column *column)
{
	json_t *json = json_pack("{s:s, s:s}", "name", column->name, "type",
	    sql_type_word(column->type));

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

static void
export_schema(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, request->table, answer);
	json_t *json;
	char *text;

	if (table == NULL)
		return;
	if (table->schema != NULL) {
		session_printed(
		    buffer_append(&answer->data, bytes_of(table->schema_text)),
		    answer);
		return;
	}
	json = classic_to_json(table);
	text = json_dumps(json, JSON_COMPACT);
	if (text != NULL)
		session_printed(
		    buffer_append(&answer->data, bytes_of(text)), answer);
	free(text);
	json_decref(json);
}

void
owner_op_run(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	switch (request->op) {
	case DATA_EXPORT_SCHEMA:
		export_schema(session, request, answer);
		break;
	case DATA_EXPORT_ROWS:
		export_rows(session, request, answer);
		break;
	case DATA_TRASH:
		trash_list(session, answer);
		break;
	default:
		data_answer_fail(answer, BUS_BAD_REQUEST, "unknown op: %s",
		    data_op_word(request->op));
	}
}
