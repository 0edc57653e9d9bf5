#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/buffer.h"
#include "goopd/data/request/data_request.h"

#define DEEP_16 "[[[[[[[[[[[[[[[["

/* clang-format off */
static const struct { const char *name, *in, *why; } refused[] = {
	{ "empty",           "",                       "invalid json: '[' or '{' expected near end of file" },
	{ "no JSON",         "hello",                  "invalid json: '[' or '{' expected near 'hello'" },
	{ "array",           "[]",                     "invalid json: an object is wanted" },
	{ "cut",             "{\"op\":",               "invalid json: unexpected token near end of file" },
	{ "rest behind",     "{\"op\":\"tables\"} x",  "invalid json: end of file expected near 'x'" },
	{ "deep",            "{\"op\":\"tables\",\"x\":" DEEP_16, "invalid json: it is nested deeper than 16" },
	{ "key twice",       "{\"op\":\"tables\",\"op\":\"tables\"}", "invalid json: duplicate object key near '\"op\"'" },
	{ "NUL",             "{\"op\":\"tables\\u0000\"}", "invalid json: \\u0000 is not allowed without JSON_ALLOW_NUL near '\"tables\\u0000\"'" },
	{ "no op",           "{}",                     "unknown op: " },
	{ "op a number",     "{\"op\":1}",             "unknown op: " },
	{ "op unknown",      "{\"op\":\"x\\u001b\"}",  "unknown op: x?" },
	{ "op loud",         "{\"op\":\"QUERY\"}",     "unknown op: QUERY" },
	{ "no table",        "{\"op\":\"query\"}",     "table name required" },
	{ "empty table",     "{\"op\":\"query\",\"table\":\"\"}", "table name required" },
	{ "table a number",  "{\"op\":\"query\",\"table\":1}", "table must be a text" },
	{ "table SQL",       "{\"op\":\"query\",\"table\":\"a b\"}", "invalid table name: a b" },
	{ "table quoted",    "{\"op\":\"query\",\"table\":\"\\\"a\"}", "invalid table name: \"a" },
	{ "name SQL",        "{\"op\":\"describe\",\"name\":\"a;\"}", "invalid table name: a;" },
	{ "where an array",  "{\"op\":\"query\",\"table\":\"t\",\"where\":[]}", "where must be a text" },
	{ "columns SQL",     "{\"op\":\"query\",\"table\":\"t\",\"columns\":[\"(SELECT 1)\"]}", "invalid column name: (SELECT 1)" },
	{ "columns a text",  "{\"op\":\"query\",\"table\":\"t\",\"columns\":\"a\"}", "columns must be an array" },
	{ "columns numbers", "{\"op\":\"query\",\"table\":\"t\",\"columns\":[1]}", "columns must be texts" },
	{ "star and more",   "{\"op\":\"query\",\"table\":\"t\",\"columns\":[\"*\",\"a\"]}", "invalid column name: *" },
	{ "args an object",  "{\"op\":\"query\",\"table\":\"t\",\"args\":{}}", "args must be an array" },
	{ "args nested",     "{\"op\":\"query\",\"table\":\"t\",\"args\":[[1]]}", "args must not hold arrays or objects" },
	{ "limit half",      "{\"op\":\"query\",\"table\":\"t\",\"limit\":1.5}", "limit must be a whole number" },
	{ "limit a text",    "{\"op\":\"query\",\"table\":\"t\",\"limit\":\"5\"}", "limit must be a whole number" },
	{ "id too big",      "{\"op\":\"delete\",\"table\":\"t\",\"id\":1e300}", "id must be a whole number" },
	{ "no id",           "{\"op\":\"delete\",\"table\":\"t\"}", "valid row id required" },
	{ "id 0",            "{\"op\":\"update\",\"table\":\"t\",\"id\":0,\"data\":{}}", "valid row id required" },
	{ "no data",         "{\"op\":\"insert\",\"table\":\"t\"}", "data required" },
	{ "data an array",   "{\"op\":\"insert\",\"table\":\"t\",\"data\":[]}", "data must be an object" },
	{ "data nested",     "{\"op\":\"insert\",\"table\":\"t\",\"data\":{\"a\":{}}}", "a must not be an array or an object" },
	{ "data key SQL",    "{\"op\":\"insert\",\"table\":\"t\",\"data\":{\"a) --\":1}}", "invalid column name: a) --" },
	{ "data key twice",  "{\"op\":\"insert\",\"table\":\"t\",\"data\":{\"a\":1,\"A\":2}}", "column named twice: A" },
	{ "no where",        "{\"op\":\"delete-where\",\"table\":\"t\",\"where\":\"\"}", "where required" },
	{ "no column",       "{\"op\":\"pluck\",\"table\":\"t\"}", "column name required" },
	{ "column SQL",      "{\"op\":\"pluck\",\"table\":\"t\",\"column\":\"a,b\"}", "invalid column name: a,b" },
	{ "column an array", "{\"op\":\"pluck\",\"table\":\"t\",\"column\":[\"a\"]}", "column must be a text" },
	{ "drop what",       "{\"op\":\"drop-column\",\"table\":\"t\",\"column\":{}}", "column name required" },
	{ "drop SQL",        "{\"op\":\"drop-column\",\"table\":\"t\",\"column\":{\"name\":\"a b\"}}", "invalid column name: a b" },
	{ "add what",        "{\"op\":\"add-column\",\"table\":\"t\",\"column\":\"a\"}", "column definition required" },
	{ "create what",     "{\"op\":\"create-table\"}",   "table name required" },
	{ "policy what",     "{\"op\":\"set-policy\",\"table\":\"t\"}", "policy required" },
	{ "access what",     "{\"op\":\"set-access\",\"table\":\"t\",\"access\":null}", "access required" },
	{ "roles what",      "{\"op\":\"set-roles\",\"table\":\"t\"}", "roles required" },
	{ "undo what",       "{\"op\":\"undo\"}",         "valid row id required" },
	{ "no expr",         "{\"op\":\"aggregate\",\"table\":\"t\"}", "expr required" },
	{ "value an object", "{\"op\":\"query-one\",\"table\":\"t\",\"value\":{}}", "value must not be an array or an object" },
	{ "rename what",     "{\"op\":\"rename-table\",\"old_name\":\"a\"}", "old_name and new_name required" },
	{ "rename SQL",      "{\"op\":\"rename-table\",\"old_name\":\"a\",\"new_name\":\"b c\"}", "invalid table name: b c" },
	{ "defs no objects", "{\"op\":\"create-table\",\"name\":\"t\",\"columns\":[\"a\"]}", "column definitions must be objects" },
	{ "request id",      "{\"op\":\"tables\",\"request_id\":\"a b\"}", "request_id must be at most 64 printable ASCII characters" },
};
/* clang-format on */

static int
parse_line(struct bytes json, struct data_request *ret, char **why)
{
	struct data_body body = { .is_line = true, .json = json };

	return data_request_parse(&body, ret, why);
}

static void
test_refused(void **state)
{
	struct data_request request;
	char *why;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		print_message("case: %s\n", refused[i].name);
		why = NULL;
		assert_int_equal(
		    parse_line(bytes_of(refused[i].in), &request, &why),
		    -EBADMSG);
		assert_string_equal(why, refused[i].why);
		free(why);
	}
}

static struct data_request
parsed(const char *json)
{
	struct data_request request;
	char *why = NULL;

	if (parse_line(bytes_of(json), &request, &why) != 0)
		fail_msg("%s: %s", json, why);
	return request;
}

static void
test_query(void **state)
{
	struct data_request request =
	    parsed("{\"op\":\"query\",\"table\":\"posts\",\"columns\":[\"_id\","
		   "\"title\"],\"fields\":[\"x\"],\"where\":\"published = ?\","
		   "\"args\":[1,1.5,\"a\",null,true],\"order\":\"_id DESC\","
		   "\"limit\":20.0,\"offset\":40,\"unheard\":{\"of\":1}}\n");

	(void)state;
	assert_int_equal(request.op, DATA_QUERY);
	assert_string_equal(request.table, "posts");
	assert_string_equal(request.where, "published = ?");
	assert_string_equal(request.order, "_id DESC");
	assert_int_equal(json_array_size(request.columns), 2);
	assert_int_equal(json_array_size(request.args), 5);
	assert_true(request.has_limit);
	assert_int_equal(request.limit, 20);
	assert_int_equal(request.offset, 40);
	assert_null(request.column);
	assert_null(request.value);
	assert_null(request.request_id);
	data_request_fini(&request);
}

static void
test_absent(void **state)
{
	struct data_request request =
	    parsed("{\"op\":\"query\",\"table\":\"t\",\"where\":\"\","
		   "\"columns\":[],\"args\":null,\"order\":null,\"limit\":0,"
		   "\"offset\":7,\"column\":null,\"fields\":[\"*\"]}");

	(void)state;
	assert_null(request.where);
	assert_null(request.order);
	assert_null(request.columns);
	assert_null(request.args);
	assert_null(request.column);
	assert_false(request.has_limit);
	assert_int_equal(request.offset, 0);
	data_request_fini(&request);
}

static void
test_columns(void **state)
{
	struct data_request request =
	    parsed("{\"op\":\"query\",\"table\":\"t\","
		   "\"fields\":[\"a\",\"b\",\"A\",\"b\",\"c\"]}");

	(void)state;
	assert_int_equal(json_array_size(request.columns), 3);
	assert_string_equal(
	    json_string_value(json_array_get(request.columns, 2)), "c");
	assert_null(request.column);
	data_request_fini(&request);
}

/* clang-format off */
static const struct { const char *name, *in, *column; bool has_def; } columns[] = {
	{ "text",         "{\"op\":\"pluck\",\"table\":\"t\",\"column\":\"a\"}",      "a", false },
	{ "column_name",  "{\"op\":\"query-one\",\"table\":\"t\",\"column_name\":\"a\",\"value\":null}", "a", false },
	{ "key_col",      "{\"op\":\"distinct\",\"table\":\"t\",\"key_col\":\"a\",\"fields\":[\"b\"]}",   "a", false },
	{ "fields",       "{\"op\":\"pluck\",\"table\":\"t\",\"fields\":[\"a\",\"b\"]}", "a", false },
	{ "columns",      "{\"op\":\"distinct\",\"table\":\"t\",\"columns\":[\"a\"]}",   "a", false },
	{ "upsert",       "{\"op\":\"upsert\",\"table\":\"t\",\"key_col\":\"a\",\"data\":{\"a\":1}}", "a", false },
	{ "definition",   "{\"op\":\"add-column\",\"table\":\"t\",\"column\":{\"name\":\"a\",\"type\":\"TEXT\"}}", NULL, true },
	{ "drop by text", "{\"op\":\"drop-column\",\"table\":\"t\",\"column\":\"a\"}",   "a", false },
	{ "drop by name", "{\"op\":\"drop-column\",\"table\":\"t\",\"name\":\"a\"}",     "a", false },
	{ "drop by def",  "{\"op\":\"drop-column\",\"table\":\"t\",\"column\":{\"name\":\"a\"}}", "a", true },
};
/* clang-format on */

static void
test_column(void **state)
{
	struct data_request request;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		print_message("case: %s\n", columns[i].name);
		request = parsed(columns[i].in);
		assert_string_equal(request.table, "t");
		assert_int_equal(
		    request.column_def != NULL, columns[i].has_def);
		if (columns[i].column == NULL)
			assert_null(request.column);
		else
			assert_string_equal(request.column, columns[i].column);
		data_request_fini(&request);
	}
}

/* null is a value to look for; no value is none. */
static void
test_value(void **state)
{
	struct data_request request =
	    parsed("{\"op\":\"query-one\",\"table\":\"t\","
		   "\"column\":\"a\",\"value\":null}");

	(void)state;
	assert_true(json_is_null(request.value));
	data_request_fini(&request);
}

static void
test_create(void **state)
{
	struct data_request request =
	    parsed("{\"op\":\"create-table\",\"name\":\"t\",\"columns\":"
		   "[{\"name\":\"a\"}]}");

	(void)state;
	assert_string_equal(request.table, "t");
	assert_null(request.columns);
	assert_int_equal(json_array_size(request.column_defs), 1);
	data_request_fini(&request);
	request = parsed("{\"op\":\"create-table\",\"schema\":{\"name\":\"t\"},"
			 "\"column_defs\":[]}");
	assert_null(request.table);
	assert_null(request.column_defs);
	assert_non_null(request.schema);
	data_request_fini(&request);
}

/* A page may send back a row as it got it. */
static void
test_system_columns(void **state)
{
	struct data_request request =
	    parsed("{\"op\":\"update\",\"table\":\"t\",\"id\":3,\"data\":"
		   "{\"_id\":4,\"a\":1,\"_owner\":\"x\",\"_x y\":[],\"b\":2,"
		   "\"_created_at\":\"\"},\"request_id\":\"r-1\"}");

	(void)state;
	assert_int_equal(json_object_size(request.data), 2);
	assert_non_null(json_object_get(request.data, "a"));
	assert_non_null(json_object_get(request.data, "b"));
	assert_int_equal(request.id, 3);
	assert_string_equal(request.request_id, "r-1");
	data_request_fini(&request);
}

/* --- calls of pages: the operation is known, the body is the page's */

#define ID "\"request_id\":\"7f\""
/* clang-format off */
static const struct {
	const char *name;
	enum data_op op;
	const char *body;
	const char *line; /* for another peer; else why it is refused */
} calls[] = {
	{ "as it is",        DATA_QUERY, "{\"table\":\"t\",\"where\":\"a = ?\",\"args\":[1,\"x\",null,true,1.5]}",
	    "{\"table\":\"t\",\"where\":\"a = ?\",\"args\":[1,\"x\",null,true,1.5],\"op\":\"query\"," ID "}\n" },
	{ "an empty body",   DATA_TABLES, "{}", "{\"op\":\"tables\"," ID "}\n" },
	{ "an id",           DATA_INSERT, "{\"table\":\"t\",\"data\":{\"a\":1}}", "{\"table\":\"t\",\"data\":{\"a\":1},\"op\":\"insert\"," ID "}\n" },
	{ "its own id",      DATA_INSERT, "{\"request_id\":\"mine\"}", "{\"request_id\":\"mine\",\"op\":\"insert\"}\n" },
	{ "no id of its own", DATA_INSERT, "{\"request_id\":null}", "{" ID ",\"op\":\"insert\"}\n" },
	{ "an empty id",     DATA_INSERT, "{\"request_id\":\"\"}", "{" ID ",\"op\":\"insert\"}\n" },
	{ "its own op",      DATA_QUERY, "{\"op\":\"delete-table\",\"table\":\"t\"}", "{\"op\":\"query\",\"table\":\"t\"," ID "}\n" },
	{ "definitions",     DATA_CREATE_TABLE, "{\"name\":\"t\",\"columns\":[{\"name\":\"a\"}]}", "{\"name\":\"t\",\"column_defs\":[{\"name\":\"a\"}],\"op\":\"create-table\"," ID "}\n" },
	{ "both spellings",  DATA_CREATE_TABLE, "{\"columns\":[1],\"column_defs\":[2]}", "{\"column_defs\":[2],\"op\":\"create-table\"," ID "}\n" },
	{ "a column's name", DATA_QUERY_ONE, "{\"column\":\"a\",\"value\":1}", "{\"value\":1,\"column_name\":\"a\",\"op\":\"query-one\"," ID "}\n" },
	{ "a dropped one",   DATA_DROP_COLUMN, "{\"table\":\"t\",\"column\":\"a\"}", "{\"table\":\"t\",\"column_name\":\"a\",\"op\":\"drop-column\"," ID "}\n" },
	{ "an added one",    DATA_ADD_COLUMN, "{\"column\":{\"name\":\"a\"}}", "{\"column\":{\"name\":\"a\"},\"op\":\"add-column\"," ID "}\n" },
	{ "fields",          DATA_QUERY, "{\"fields\":[\"a\"]}", "{\"columns\":[\"a\"],\"op\":\"query\"," ID "}\n" },
	{ "fields of pluck", DATA_PLUCK, "{\"fields\":[\"a\"]}", "{\"fields\":[\"a\"],\"op\":\"pluck\"," ID "}\n" },
	{ "64 bits",         DATA_DELETE, "{\"id\":9223372036854775807}", "{\"id\":9223372036854775807,\"op\":\"delete\"," ID "}\n" },
	{ "lines",           DATA_TABLES, "{\n\"a\" :\n1 }\n", "{\"a\":1,\"op\":\"tables\"," ID "}\n" },
	{ "no body",         DATA_QUERY, "", "invalid json: an object is wanted" },
	{ "an array",        DATA_QUERY, "[]", "invalid json: no object" },
	{ "a text",          DATA_QUERY, "\"find\"", "invalid json: '[' or '{' expected near '\"find\"'" },
	{ "null",            DATA_TABLES, "null", "invalid json: '[' or '{' expected near 'null'" },
	{ "cut",             DATA_QUERY, "{\"table\":", "invalid json: unexpected token near end of file" },
	{ "a rest",          DATA_QUERY, "{} {}", "invalid json: end of file expected near '{'" },
	{ "twice",           DATA_QUERY, "{\"table\":\"a\",\"table\":\"b\"}", "invalid json: duplicate object key near '\"table\"'" },
	{ "op twice",        DATA_QUERY, "{\"op\":\"query\",\"op\":\"delete\"}", "invalid json: duplicate object key near '\"op\"'" },
	{ "not UTF-8",       DATA_QUERY, "{\"table\":\"\xff\"}", "invalid json: unable to decode byte 0xff near '\"'" },
	{ "a NUL",           DATA_QUERY, "{\"where\":\"a\\u0000b\"}", "invalid json: \\u0000 is not allowed without JSON_ALLOW_NUL near '\"a\\u0000b\"'" },
	{ "over 64 bits",    DATA_DELETE, "{\"id\":9223372036854775808}", "invalid json: too big integer near '9223372036854775808'" },
	{ "endless",         DATA_QUERY, "{\"args\":[1e999]}", "invalid json: real number overflow near '1e999'" },
	{ "a form",          DATA_QUERY, "table=t", "invalid json: '[' or '{' expected near 'table'" },
	{ "control",         DATA_QUERY, "{\x1b[31m", "invalid json: string or '}' expected near '?'" },
};
/* clang-format on */

static void
test_calls(void **state)
{
	struct data_request request;
	struct data_body body;
	struct buffer line;
	char *why;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		body = (struct data_body){ .op = calls[i].op,
			.request_id = "7f",
			.json = bytes_of(calls[i].body) };
		why = NULL;
		buffer_init(&line, 1000);
		rc = data_request_print(&body, &line, &why);
		if (rc == 0 ? !bytes_equal(
				  buffer_bytes(&line), bytes_of(calls[i].line))
			    : strcmp(why, calls[i].line) != 0)
			fail_msg("%s: got %d %s %.*s", calls[i].name, rc,
			    rc == 0 ? "" : why, (int)line.len,
			    (const char *)line.memory);
		buffer_fini(&line);
		free(why);
		if (rc == 0)
			continue;
		assert_int_equal(rc, -EBADMSG);
		assert_int_equal(
		    data_request_parse(&body, &request, &why), -EBADMSG);
		assert_string_equal(why, calls[i].line);
		free(why);
	}
}

/* Here a call means what its line means at another peer. */
static void
test_own_call(void **state)
{
	struct data_body body = { .op = DATA_INSERT,
		.request_id = "7f",
		.json = bytes_of("{\"op\":\"tables\",\"table\":\"t\","
				 "\"data\":{\"a\":1},\"request_id\":\"\"}") };
	struct data_request request;
	char *why = NULL;

	(void)state;
	assert_int_equal(data_request_parse(&body, &request, &why), 0);
	assert_int_equal(request.op, DATA_INSERT);
	assert_string_equal(request.request_id, "7f");
	data_request_fini(&request);
	body.json = bytes_of("{\"table\":\"t\",\"data\":{\"a\":1},"
			     "\"request_id\":\"mine\"}");
	assert_int_equal(data_request_parse(&body, &request, &why), 0);
	assert_string_equal(request.request_id, "mine");
	data_request_fini(&request);
}

static void
test_line_too_long(void **state)
{
	struct data_body body = { .op = DATA_QUERY,
		.json = bytes_of("{\"table\":\"0123456789\"}") };
	struct buffer line;
	char *why = NULL;

	(void)state;
	buffer_init(&line, 20);
	assert_int_equal(data_request_print(&body, &line, &why), -ENOBUFS);
	buffer_fini(&line);
}

/* HEAD, count times ITEM, TAIL; whether that is taken. */
static bool
takes(const char *head, size_t count, const char *item, const char *tail)
{
	struct data_request request;
	struct buffer json;
	char *why = NULL;
	int rc;

	buffer_init(&json, 2 * DATA_REQUEST_MAX);
	buffer_append(&json, bytes_of(head));
	while (count-- > 0)
		buffer_append(&json, bytes_of(item));
	buffer_append(&json, bytes_of(tail));
	rc = parse_line(buffer_bytes(&json), &request, &why);
	if (rc == 0)
		data_request_fini(&request);
	free(why);
	buffer_fini(&json);
	return rc == 0;
}

static void
test_limits(void **state)
{
	static const char args[] =
	    "{\"op\":\"query\",\"table\":\"t\",\"args\":[0";
	static const char defs[] = "{\"op\":\"create-table\",\"name\":\"t\","
				   "\"column_defs\":[{}";
	static const char other[] = "{\"op\":\"tables\",\"x\":[0";
	static const char where[] =
	    "{\"op\":\"query\",\"table\":\"t\",\"where\":\"";
	static const char id[] = "{\"op\":\"tables\",\"request_id\":\"";

	(void)state;
	assert_true(takes(args, DATA_ARGS_MAX - 1, ",0", "]}"));
	assert_false(takes(args, DATA_ARGS_MAX, ",0", "]}"));
	assert_true(takes(defs, DATA_COLUMNS_MAX - 1, ",{}", "]}"));
	assert_false(takes(defs, DATA_COLUMNS_MAX, ",{}", "]}"));
	assert_true(takes(other, DATA_VALUES_MAX - 3, ",0", "]}"));
	assert_false(takes(other, DATA_VALUES_MAX - 2, ",0", "]}"));
	assert_true(takes(id, DATA_REQUEST_ID_MAX, "a", "\"}"));
	assert_false(takes(id, DATA_REQUEST_ID_MAX + 1, "a", "\"}"));
	assert_true(takes(where,
	    DATA_REQUEST_MAX - strlen(where) - strlen("\"}"), "[", "\"}"));
	assert_false(takes(where,
	    DATA_REQUEST_MAX - strlen(where) - strlen("\"}") + 1, "[", "\"}"));
}

static void
test_many_columns(void **state)
{
	char item[16];
	struct buffer json;
	struct data_request request;
	char *why = NULL;
	size_t i;

	(void)state;
	buffer_init(&json, DATA_REQUEST_MAX);
	buffer_append(
	    &json, bytes_of("{\"op\":\"insert\",\"table\":\"t\",\"data\":{"));
	for (i = 0; i <= DATA_COLUMNS_MAX; i++) {
		snprintf(item, sizeof(item), "\"c%zu\":1,", i);
		buffer_append(&json, bytes_of(item));
	}
	buffer_append(&json, bytes_of("\"_id\":1}}"));
	assert_int_equal(
	    parse_line(buffer_bytes(&json), &request, &why), -EBADMSG);
	assert_string_equal(why, "data has more than 128 columns");
	free(why);
	buffer_fini(&json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_column),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_system_columns),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_own_call),
		cmocka_unit_test(test_line_too_long),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_many_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
