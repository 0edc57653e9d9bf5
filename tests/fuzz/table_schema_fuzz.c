/* Whatever JSON calls itself a schema or a column: what is taken prints to what
 * is taken again and means the same, and SQLite makes the table of it. */
#include <sqlite3.h>
#include <stdlib.h>

#include "common/base/fault.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/json_text.h"
#include "goopd/data/schema/schema_values.h"
#include "goopd/data/schema/table_sql.h"
#include "goopd/data/schema/table_schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_sql(struct buffer *sql)
{
	static sqlite3 *db;
	sqlite3_stmt *statement = NULL;
	const char *tail, *text;

	if (db == NULL && sqlite3_open(":memory:", &db) != SQLITE_OK)
		bug("no database");
	buffer_append(sql, (struct bytes){ (const uint8_t *)"", 1 });
	text = (const char *)buffer_bytes(sql).data;
	if (sqlite3_prepare_v2(db, text, -1, &statement, &tail) != SQLITE_OK ||
	    *tail != '\0')
		bug("%s: %s", text, sqlite3_errmsg(db));
	sqlite3_finalize(statement);
}

static void
check_data(const struct table_schema *schema, const json_t *json)
{
	char *why = NULL;

	if (schema_values_check(schema, json, true, &why) < 0 &&
	    !text_is_utf8(bytes_of(why)))
		bug("refused without a sentence");
	free(why);
}

static void
check_schema(const json_t *json)
{
	struct table_schema *schema, *again;
	json_t *printed, *reprinted;
	struct buffer sql;
	char *why = NULL;

	if (table_schema_parse(json, &schema, &why) < 0) {
		if (!text_is_utf8(bytes_of(why)))
			bug("refused without a sentence");
		free(why);
		return;
	}
	printed = table_schema_to_json(schema);
	if (table_schema_parse(printed, &again, &why) < 0)
		bug("%s", why);
	reprinted = table_schema_to_json(again);
	if (!json_equal(printed, reprinted))
		bug("means something else");
	buffer_init(&sql, SCHEMA_JSON_MAX);
	if (table_schema_print_create(schema, &sql) == 0)
		check_sql(&sql);
	buffer_fini(&sql);
	check_data(schema, json_object_get(json, "data"));
	json_decref(printed);
	json_decref(reprinted);
	table_schema_free(schema);
	table_schema_free(again);
}

static void
check_classic(const json_t *json)
{
	struct classic_column column;
	struct buffer sql;
	char *why = NULL;

	if (classic_column_parse(json, &column, &why) < 0) {
		if (!text_is_utf8(bytes_of(why)))
			bug("refused without a sentence");
		free(why);
		return;
	}
	buffer_init(&sql, SCHEMA_JSON_MAX);
	if (classic_table_print_create("t", &column, 1, &sql) < 0)
		bug("does not print");
	buffer_fini(&sql);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_limits limits = {
		.bytes = SCHEMA_JSON_MAX, .depth = 16, .values = 10000
	};
	char why[JSON_WHY_MAX];
	json_t *json =
	    json_text_parse((struct bytes){ data, size }, &limits, why);

	check_schema(json);
	check_classic(json);
	json_decref(json);
	return 0;
}
