#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "common/base/array.h"
#include "goopd/data/schema/schema_values.h"
#include "goopd/data/schema/table_sql.h"
#include "goopd/data/schema/table_schema.h"

static const char posts[] =
    "{\"name\":\"posts\",\"columns\":["
    "{\"name\":\"slug\",\"type\":\"guid\",\"key\":true,\"auto\":true},"
    "{\"name\":\"title\",\"type\":\"text\",\"required\":true},"
    "{\"name\":\"order\",\"type\":\"integer\",\"auto\":true},"
    "{\"name\":\"score\",\"type\":\"real\",\"default\":\"1.5\"},"
    "{\"name\":\"level\",\"type\":\"enum\",\"default\":\"a'b\","
    "\"values\":[{\"key\":\"a'b\",\"label\":\"A\"},{\"key\":\"c\"}]},"
    "{\"name\":\"at\",\"type\":\"datetime\",\"auto\":true},"
    "{\"name\":\"day\",\"type\":\"date\",\"default\":\"CURRENT_DATE\"},"
    "{\"name\":\"hour\",\"type\":\"time\"},"
    "{\"name\":\"raw\",\"type\":\"blob\",\"default\":\"a\"},"
    "{\"name\":\"count\",\"type\":\"integer\",\"default\":\"7\"}],"
    "\"context\":true,\"access\":{\"read\":\"open\",\"insert\":\"group\","
    "\"update\":\"owner\",\"delete\":\"local\"},"
    "\"roles\":{\"author\":{\"read\":true,\"insert\":true},\"guest\":{}},"
    "\"system_key\":true}";

static struct table_schema *
schema_of(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	struct table_schema *schema;
	char *why = NULL;

	if (table_schema_parse(json, &schema, &why) != 0)
		fail_msg("%s", why);
	json_decref(json);
	return schema;
}

/* What is printed is what was read: posts has no optional key in vain. */
static void
test_round_trip(void **state)
{
	struct table_schema *schema = schema_of(posts);
	json_t *want = json_loads(posts, 0, NULL);
	json_t *got = table_schema_to_json(schema);

	(void)state;
	assert_true(json_equal(got, want));
	json_decref(got);
	json_decref(want);
	table_schema_free(schema);
}

static void
test_defaults(void **state)
{
	struct table_schema *schema = schema_of(
	    "{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":\"text\","
	    "\"key\":true,\"default\":5,\"values\":null,\"auto\":null}],"
	    "\"access\":{\"read\":\"open\",\"insert\":\"\"},\"roles\":{}}");

	(void)state;
	assert_string_equal(schema->columns[0].fallback, "5");
	assert_false(schema->columns[0].is_auto);
	assert_true(schema->has_access);
	assert_int_equal(schema->access.level[RIGHT_READ], LEVEL_OPEN);
	assert_int_equal(schema->access.level[RIGHT_INSERT], LEVEL_OWNER);
	assert_int_equal(schema->access.level[RIGHT_DELETE], LEVEL_OWNER);
	assert_non_null(table_schema_column(schema, "a"));
	assert_null(table_schema_column(schema, "b"));
	table_schema_free(schema);
}

/* clang-format off */
#define COLUMN(rest) "{\"name\":\"t\",\"system_key\":true,\"columns\":[{\"name\":\"a\"" rest "}]}"
#define TABLE(rest) "{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":\"text\",\"key\":true}]" rest "}"
static const struct { const char *name, *in, *why; } refused[] = {
	{ "array",          "[]",                            "a schema must be an object" },
	{ "no name",        "{}",                            "invalid table name: " },
	{ "system table",   "{\"name\":\"_t\"}",             "invalid table name: _t" },
	{ "SQL as a name",  "{\"name\":\"t; DROP\"}",        "invalid table name: t; DROP" },
	{ "no columns",     "{\"name\":\"t\",\"columns\":[]}", "a table needs 1 to 128 columns" },
	{ "no key",         "{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":\"text\"}]}", "at least one column must be a key" },
	{ "no column name", "{\"name\":\"t\",\"columns\":[{}]}", "invalid column name: " },
	{ "system column",  "{\"name\":\"t\",\"columns\":[{\"name\":\"_id\"}]}", "invalid column name: _id" },
	{ "twice",          "{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":\"text\"},{\"name\":\"A\",\"type\":\"text\"}]}", "column named twice: A" },
	{ "no type",        COLUMN(""),                      "a: unknown type: " },
	{ "SQL as a type",  COLUMN(",\"type\":\"TEXT\""),    "a: unknown type: TEXT" },
	{ "key a number",   COLUMN(",\"type\":\"text\",\"key\":1"), "a: key must be true or false" },
	{ "default",        COLUMN(",\"type\":\"text\",\"default\":[]"), "a: the default must be a text" },
	{ "enum",           COLUMN(",\"type\":\"enum\""),    "a: an enum needs values" },
	{ "values",         COLUMN(",\"type\":\"enum\",\"values\":{}"), "a: values must be an array" },
	{ "value no key",   COLUMN(",\"type\":\"enum\",\"values\":[{\"label\":\"A\"}]"), "a: a value must have a key, a text" },
	{ "value twice",    COLUMN(",\"type\":\"enum\",\"values\":[\"x\",\"x\"]"), "a: a value comes twice: x" },
	{ "context",        TABLE(",\"context\":\"yes\""),   "schema: context must be true or false" },
	{ "access",         TABLE(",\"access\":\"open\""),   "access must be an object" },
	{ "level",          TABLE(",\"access\":{\"read\":\"public\"}"), "access: read must be local, owner, group or open" },
	{ "roles",          TABLE(",\"roles\":[]"),          "roles must be an object" },
	{ "role",           TABLE(",\"roles\":{\"x\":true}"), "role x must be an object" },
	{ "role right",     TABLE(",\"roles\":{\"x\":{\"read\":1}}"), "x: read must be true or false" },
};
/* clang-format on */

static void
test_refused(void **state)
{
	struct table_schema *schema;
	json_t *json;
	char *why;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		print_message("case: %s\n", refused[i].name);
		json = json_loads(refused[i].in, 0, NULL);
		assert_non_null(json);
		assert_int_equal(
		    table_schema_parse(json, &schema, &why), -EINVAL);
		assert_string_equal(why, refused[i].why);
		free(why);
		json_decref(json);
	}
}

static void
assert_creates(const char *sql)
{
	sqlite3 *db;
	char *error = NULL;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
	sqlite3_close(db);
}

static const char system_columns[] =
    "(\"_id\" INTEGER PRIMARY KEY AUTOINCREMENT, \"_owner\" TEXT NOT NULL, "
    "\"_owner_email\" TEXT DEFAULT '', "
    "\"_created_at\" DATETIME DEFAULT CURRENT_TIMESTAMP, "
    "\"_updated_at\" DATETIME DEFAULT CURRENT_TIMESTAMP, ";

static void
assert_sql(struct buffer *sql, const char *table, const char *columns)
{
	char want[2000];

	snprintf(want, sizeof(want), "CREATE TABLE \"%s\" %s%s)", table,
	    system_columns, columns);
	buffer_append(sql, (struct bytes){ (const uint8_t *)"", 1 });
	assert_string_equal((const char *)buffer_bytes(sql).data, want);
	assert_creates(want);
}

static void
test_create(void **state)
{
	struct table_schema *schema = schema_of(posts);
	struct buffer sql;

	(void)state;
	buffer_init(&sql, 2000);
	assert_int_equal(table_schema_print_create(schema, &sql), 0);
	assert_sql(&sql, "posts",
	    "\"slug\" TEXT NOT NULL, \"title\" TEXT NOT NULL, "
	    "\"order\" INTEGER, \"score\" REAL DEFAULT 1.5, "
	    "\"level\" TEXT DEFAULT 'a''b', \"at\" DATETIME, "
	    "\"day\" DATE DEFAULT CURRENT_DATE, \"hour\" TIME, "
	    "\"raw\" BLOB DEFAULT x'61', \"count\" INTEGER DEFAULT 7");
	buffer_fini(&sql);
	buffer_init(&sql, 300);
	assert_int_equal(table_schema_print_create(schema, &sql), -ENOBUFS);
	buffer_fini(&sql);
	table_schema_free(schema);
}

static int64_t
next_integer(const char *column, void *arg)
{
	assert_string_equal(column, "order");
	return *(int64_t *)arg;
}

static void
all_ones(uint8_t bytes[16], void *arg)
{
	(void)arg;
	memset(bytes, 0xff, 16);
}

static void
assert_filled(const char *in, const char *want)
{
	int64_t next = 42;
	const struct schema_now now = { .unix_ms = 1764338461999,
		.next_integer = next_integer,
		.random = all_ones,
		.arg = &next };
	struct table_schema *schema = schema_of(posts);
	json_t *data = json_loads(in, 0, NULL);
	char *text;

	assert_int_equal(schema_values_fill(schema, &now, data), 0);
	text = json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, want);
	free(text);
	json_decref(data);
	table_schema_free(schema);
}

static void
test_fill(void **state)
{
	(void)state;
	assert_filled("{\"order\":\"\",\"title\":\"\",\"hour\":\"\","
		      "\"score\":null,\"at\":null}",
	    "{\"at\":\"2025-11-28T14:01:01Z\",\"count\":7,"
	    "\"day\":\"2025-11-28\",\"hour\":null,\"level\":\"a'b\","
	    "\"order\":42,\"raw\":\"a\",\"score\":null,"
	    "\"slug\":\"ffffffff-ffff-4fff-bfff-ffffffffffff\","
	    "\"title\":\"\"}");
	assert_filled("{\"at\":\"x\",\"count\":1,\"day\":\"y\",\"hour\":1,"
		      "\"level\":\"c\",\"order\":0,\"raw\":\"\","
		      "\"score\":2,\"slug\":\"s\",\"title\":\"t\"}",
	    "{\"at\":\"x\",\"count\":1,\"day\":\"y\",\"hour\":1,"
	    "\"level\":\"c\",\"order\":0,\"raw\":\"\",\"score\":2,"
	    "\"slug\":\"s\",\"title\":\"t\"}");
}

static void
test_fill_fails(void **state)
{
	int64_t next = -EIO;
	const struct schema_now now = {
		.next_integer = next_integer, .random = all_ones, .arg = &next
	};
	struct table_schema *schema = schema_of(posts);
	json_t *data = json_object();

	(void)state;
	assert_int_equal(schema_values_fill(schema, &now, data), -EIO);
	json_decref(data);
	table_schema_free(schema);
}

/* clang-format off */
#define GUID "01234567-89ab-cdef-0123-456789ABCDEF"
#define NEEDED "\"slug\":\"" GUID "\",\"title\":\"x\""
static const struct { const char *name, *in; bool is_insert; const char *why; } checked[] = {
	{ "enough",            "{" NEEDED "}",                        true,  NULL },
	{ "no title",          "{\"slug\":\"" GUID "\"}",             true,  "title is required" },
	{ "empty title",       "{\"slug\":\"" GUID "\",\"title\":\"\"}", true, "title is required" },
	{ "null title",        "{\"slug\":\"" GUID "\",\"title\":null}", true, "title is required" },
	{ "no key",            "{\"title\":\"x\"}",                   true,  "slug is required" },
	{ "update",            "{}",                                  false, NULL },
	{ "update to nothing", "{\"title\":\"\"}",                    false, "title is required" },
	{ "unknown column",    "{\"x\":1}",                           false, "invalid column name: x" },
	{ "other case",        "{\"Title\":\"x\"}",                   false, "invalid column name: Title" },
	{ "text a number",     "{\"title\":5}",                       false, NULL },
	{ "text a switch",     "{\"title\":true}",                    false, "title: not a text" },
	{ "guid",              "{\"slug\":\"x\"}",                    false, "slug: not a GUID" },
	{ "guid, no dash",     "{\"slug\":\"012345678-9ab-cdef-0123-456789ABCDEF\"}", false, "slug: not a GUID" },
	{ "integer",           "{\"order\":5}",                       false, NULL },
	{ "integer 5.0",       "{\"order\":5.0}",                     false, NULL },
	{ "integer text",      "{\"order\":\"-5\"}",                  false, NULL },
	{ "integer switch",    "{\"order\":true}",                    false, NULL },
	{ "integer none",      "{\"order\":\"\"}",                    false, NULL },
	{ "integer half",      "{\"order\":5.5}",                     false, "order: not a whole number" },
	{ "integer words",     "{\"order\":\"five\"}",                false, "order: not a whole number" },
	{ "integer sign",      "{\"order\":\"-\"}",                   false, "order: not a whole number" },
	{ "real",              "{\"score\":1}",                       false, NULL },
	{ "real text",         "{\"score\":\"-1.5e3\"}",              false, NULL },
	{ "real words",        "{\"score\":\"1.5 apples\"}",          false, "score: not a number" },
	{ "enum",              "{\"level\":\"c\"}",                   false, NULL },
	{ "enum other",        "{\"level\":\"d\"}",                   false, "level: not one of its values" },
	{ "enum number",       "{\"level\":1}",                       false, "level: not one of its values" },
	{ "blob",              "{\"raw\":\"x\"}",                     false, NULL },
	{ "blob number",       "{\"raw\":1}",                         false, "raw: not a text" },
	{ "date",              "{\"day\":\"2024-02-29\"}",            false, NULL },
	{ "no leap year",      "{\"day\":\"2023-02-29\"}",            false, "day: not a date (YYYY-MM-DD)" },
	{ "leap century",      "{\"day\":\"2000-02-29\"}",            false, NULL },
	{ "no leap century",   "{\"day\":\"1900-02-29\"}",            false, "day: not a date (YYYY-MM-DD)" },
	{ "month 13",          "{\"day\":\"2024-13-01\"}",            false, "day: not a date (YYYY-MM-DD)" },
	{ "month 0",           "{\"day\":\"2024-00-01\"}",            false, "day: not a date (YYYY-MM-DD)" },
	{ "date and time",     "{\"day\":\"2024-02-28T10:00\"}",      false, "day: not a date (YYYY-MM-DD)" },
	{ "time",              "{\"hour\":\"23:59:59\"}",             false, NULL },
	{ "time of a form",    "{\"hour\":\"10:00\"}",                false, NULL },
	{ "time, fraction",    "{\"hour\":\"10:00:00.123\"}",         false, NULL },
	{ "hour 24",           "{\"hour\":\"24:00:00\"}",             false, "hour: not a time (hh:mm:ss)" },
	{ "time, rest",        "{\"hour\":\"10:00:00x\"}",            false, "hour: not a time (hh:mm:ss)" },
	{ "RFC 3339",          "{\"at\":\"2024-02-28T10:00:00Z\"}",   false, NULL },
	{ "RFC 3339, zone",    "{\"at\":\"2024-02-28T10:00:00.5+01:00\"}", false, NULL },
	{ "SQLite's",          "{\"at\":\"2024-02-28 10:00:00\"}",    false, NULL },
	{ "of a form",         "{\"at\":\"2024-02-28T10:00\"}",       false, NULL },
	{ "date alone",        "{\"at\":\"2024-02-28\"}",             false, "at: not a date and time (YYYY-MM-DDThh:mm:ssZ)" },
	{ "a number",          "{\"at\":1700000000}",                 false, "at: not a date and time (YYYY-MM-DDThh:mm:ssZ)" },
};
/* clang-format on */

static void
test_check(void **state)
{
	struct table_schema *schema = schema_of(posts);
	json_t *data;
	char *why;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(checked); i++) {
		print_message("case: %s\n", checked[i].name);
		data = json_loads(checked[i].in, 0, NULL);
		why = NULL;
		rc = schema_values_check(
		    schema, data, checked[i].is_insert, &why);
		assert_int_equal(rc, checked[i].why == NULL ? 0 : -EINVAL);
		if (rc < 0)
			assert_string_equal(why, checked[i].why);
		free(why);
		json_decref(data);
	}
	table_schema_free(schema);
}

/* clang-format off */
static const struct { const char *name, *in, *out; } classic[] = {
	{ "plain",      "{\"name\":\"a\",\"type\":\"TEXT\",\"not_null\":false,\"default\":\"\"}", "\"a\" TEXT" },
	{ "all",        "{\"name\":\"a\",\"type\":\"INTEGER\",\"not_null\":true,\"default\":\"5\"}", "\"a\" INTEGER NOT NULL DEFAULT 5" },
	{ "no type",    "{\"name\":\"order\"}",                      "\"order\" TEXT" },
	{ "length",     "{\"name\":\"a\",\"type\":\"VARCHAR(20)\"}", "\"a\" VARCHAR(20)" },
	{ "lengths",    "{\"name\":\"a\",\"type\":\"double precision(8, 2)\"}", "\"a\" double precision(8, 2)" },
	{ "number",     "{\"name\":\"a\",\"default\":-1.5}",         "\"a\" TEXT DEFAULT -1.5" },
	{ "quoted",     "{\"name\":\"a\",\"default\":\"'it''s'\"}",  "\"a\" TEXT DEFAULT 'it''s'" },
	{ "word",       "{\"name\":\"a\",\"default\":\"draft\"}",    "\"a\" TEXT DEFAULT 'draft'" },
	{ "now",        "{\"name\":\"a\",\"default\":\"current_timestamp\"}", "\"a\" TEXT DEFAULT current_timestamp" },
	{ "blob",       "{\"name\":\"a\",\"default\":\"x'00'\"}",    "\"a\" TEXT DEFAULT x'00'" },
	{ "switch",     "{\"name\":\"a\",\"default\":true}",         "\"a\" TEXT DEFAULT true" },
};
#define BAD_TYPE "a: the type must be words like TEXT or VARCHAR(20)"
#define BAD_DEFAULT "a: the default must be one literal, like 5 or 'text'"
static const struct { const char *name, *in, *why; } bad_classic[] = {
	{ "no name",    "{}",                                        "invalid column name: " },
	{ "system",     "{\"name\":\"_a\"}",                         "invalid column name: _a" },
	{ "SQL name",   "{\"name\":\"a TEXT, b\"}",                  "invalid column name: a TEXT, b" },
	{ "constraint", "{\"name\":\"a\",\"type\":\"TEXT UNIQUE\"}", BAD_TYPE },
	{ "key",        "{\"name\":\"a\",\"type\":\"INTEGER PRIMARY KEY\"}", BAD_TYPE },
	{ "two columns", "{\"name\":\"a\",\"type\":\"TEXT, b TEXT\"}", BAD_TYPE },
	{ "statement",  "{\"name\":\"a\",\"type\":\"TEXT); DROP TABLE x\"}", BAD_TYPE },
	{ "comment",    "{\"name\":\"a\",\"type\":\"TEXT --\"}",     BAD_TYPE },
	{ "only length", "{\"name\":\"a\",\"type\":\"(20)\"}",       BAD_TYPE },
	{ "length open", "{\"name\":\"a\",\"type\":\"TEXT(20\"}",    BAD_TYPE },
	{ "three",      "{\"name\":\"a\",\"type\":\"TEXT(1,2,3)\"}", BAD_TYPE },
	{ "behind",     "{\"name\":\"a\",\"type\":\"TEXT(1) x\"}",   BAD_TYPE },
	{ "expression", "{\"name\":\"a\",\"default\":\"(SELECT 1)\"}", BAD_DEFAULT },
	{ "more",       "{\"name\":\"a\",\"default\":\"5, b TEXT\"}", BAD_DEFAULT },
	{ "unclosed",   "{\"name\":\"a\",\"default\":\"'x\"}",       BAD_DEFAULT },
	{ "array",      "{\"name\":\"a\",\"default\":[]}",           BAD_DEFAULT },
	{ "not_null",   "{\"name\":\"a\",\"not_null\":1}",           "a: not_null must be true or false" },
};
/* clang-format on */

static int
parse_classic(const char *in, struct classic_column *ret, char **why)
{
	json_t *json = json_loads(in, 0, NULL);
	int rc;

	assert_non_null(json);
	rc = classic_column_parse(json, ret, why);
	json_decref(json);
	return rc;
}

static void
test_classic(void **state)
{
	struct classic_column column;
	struct buffer sql;
	char *why = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(classic); i++) {
		print_message("case: %s\n", classic[i].name);
		buffer_init(&sql, 2000);
		assert_int_equal(
		    parse_classic(classic[i].in, &column, &why), 0);
		assert_int_equal(
		    classic_table_print_create("t", &column, 1, &sql), 0);
		assert_sql(&sql, "t", classic[i].out);
		buffer_fini(&sql);
	}
	for (i = 0; i < ARRAY_SIZE(bad_classic); i++) {
		print_message("case: %s\n", bad_classic[i].name);
		assert_int_equal(
		    parse_classic(bad_classic[i].in, &column, &why), -EINVAL);
		assert_string_equal(why, bad_classic[i].why);
		free(why);
	}
}

static void
test_typed_or_not(void **state)
{
	json_t *typed =
	    json_loads("[{\"name\":\"a\"},{\"auto\":true}]", 0, NULL);
	json_t *not = json_loads("[{\"name\":\"a\",\"key\":false}]", 0, NULL);

	(void)state;
	assert_true(columns_are_typed(typed));
	assert_false(columns_are_typed(not ));
	assert_false(columns_are_typed(NULL));
	json_decref(typed);
	json_decref(not );
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_fill_fails),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_classic),
		cmocka_unit_test(test_typed_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
