#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "goopd/data/request/data_answer.h"

#define DEEP_8  "[[[[[[[["
#define DEEP_64 DEEP_8 DEEP_8 DEEP_8 DEEP_8 DEEP_8 DEEP_8 DEEP_8 DEEP_8

/* clang-format off */
static const struct {
	const char *name, *in;
	int want;
	enum bus_code code;
	const char *out; /* data, or error */
} cases[] = {
	{ "rows",          "{\"ok\":true,\"data\":[{\"a\":1}]}\n", 0, BUS_OK, "[{\"a\":1}]" },
	{ "no LF",         "{\"ok\":true,\"data\":{}}",      0, BUS_OK, "{}" },
	{ "no data",       "{\"ok\":true}",                  0, BUS_OK, "" },
	{ "null data",     "{\"ok\":true,\"data\":null}",    0, BUS_OK, "" },
	{ "scalar data",   "{\"ok\":true,\"data\":\"x\"}",   0, BUS_OK, "\"x\"" },
	{ "spaces",        " { \"ok\" : true , \"data\" : [ 1 , 2 ] } \r\n", 0, BUS_OK, "[1,2]" },
	{ "NUL in a blob", "{\"ok\":true,\"data\":\"a\\u0000b\"}", 0, BUS_OK, "\"a\\u0000b\"" },
	{ "ours",          "{\"ok\":false,\"error\":\"too slow\",\"code\":\"timeout\"}", 0, BUS_TIMEOUT, "too slow" },
	{ "code ok",       "{\"ok\":false,\"error\":\"x\",\"code\":\"ok\"}", 0, BUS_INTERNAL, "x" },
	{ "code unknown",  "{\"ok\":false,\"error\":\"row not found\",\"code\":\"y\"}", 0, BUS_NOT_FOUND, "row not found" },
	{ "forbidden",     "{\"ok\":false,\"error\":\"query not allowed: table is local-only\"}", 0, BUS_FORBIDDEN, "query not allowed: table is local-only" },
	{ "not found",     "{\"ok\":false,\"error\":\"row not found or not owned by caller\"}", 0, BUS_NOT_FOUND, "row not found or not owned by caller" },
	{ "not available", "{\"ok\":false,\"error\":\"count not available for remote peers yet\"}", 0, BUS_BAD_REQUEST, "count not available for remote peers yet" },
	{ "unknown op",    "{\"ok\":false,\"error\":\"unknown op: x\"}", 0, BUS_BAD_REQUEST, "unknown op: x" },
	{ "no lua",        "{\"ok\":false,\"error\":\"lua scripting not enabled\"}", 0, BUS_BAD_REQUEST, "lua scripting not enabled" },
	{ "bad name",      "{\"ok\":false,\"error\":\"invalid column name: a b\"}", 0, BUS_BAD_REQUEST, "invalid column name: a b" },
	{ "no id",         "{\"ok\":false,\"error\":\"valid row id required\"}", 0, BUS_BAD_REQUEST, "valid row id required" },
	{ "rate limit",    "{\"ok\":false,\"error\":\"rate limit exceeded\"}", 0, BUS_RATE_LIMITED, "rate limit exceeded" },
	{ "ours, rate limit", "{\"ok\":false,\"error\":\"rate limit exceeded\",\"code\":\"busy\"}", 0, BUS_RATE_LIMITED, "rate limit exceeded" },
	{ "ours, busy",    "{\"ok\":false,\"error\":\"the database has too much to do\",\"code\":\"busy\"}", 0, BUS_BUSY, "the database has too much to do" },
	{ "another code",  "{\"ok\":false,\"error\":\"rate limit exceeded\",\"code\":\"forbidden\"}", 0, BUS_FORBIDDEN, "rate limit exceeded" },
	{ "other words",   "{\"ok\":false,\"error\":\"SQL logic error\"}", 0, BUS_INTERNAL, "SQL logic error" },
	{ "no words",      "{\"ok\":false}",                 0, BUS_INTERNAL, "refused without a reason" },
	{ "control",       "{\"ok\":false,\"error\":\"a\\u001b[1m\\nb\"}", 0, BUS_INTERNAL, "a?[1m?b" },
	{ "refusal with data", "{\"ok\":false,\"error\":\"x\",\"data\":[1]}", 0, BUS_INTERNAL, "x" },
	{ "deep data",     "{\"ok\":true,\"data\":" DEEP_64 "]]}", -EBADMSG, BUS_OK, "" },
	{ "no ok",         "{\"data\":[]}",                  -EBADMSG, BUS_OK, "" },
	{ "ok no bool",    "{\"ok\":1}",                     -EBADMSG, BUS_OK, "" },
	{ "array",         "[true]",                         -EBADMSG, BUS_OK, "" },
	{ "text",          "true",                           -EBADMSG, BUS_OK, "" },
	{ "cut",           "{\"ok\":true,\"data\":[",        -EBADMSG, BUS_OK, "" },
	{ "empty",         "",                               -EBADMSG, BUS_OK, "" },
	{ "LF",            "\n",                             -EBADMSG, BUS_OK, "" },
	{ "two lines",     "{\"ok\":true}\n{\"ok\":true}\n", -EBADMSG, BUS_OK, "" },
	{ "sealed",        "ENC:AAAA\n",                     -EBADMSG, BUS_OK, "" },
	{ "not UTF-8",     "{\"ok\":true,\"data\":\"\xff\"}", -EBADMSG, BUS_OK, "" },
	{ "key twice",     "{\"ok\":true,\"ok\":false}",     -EBADMSG, BUS_OK, "" },
};
/* clang-format on */

static void
test_parse(void **state)
{
	struct data_answer answer;
	struct bytes data;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		rc = data_answer_parse(bytes_of(cases[i].in), &answer);
		assert_int_equal(rc, cases[i].want);
		if (rc < 0)
			continue;
		assert_int_equal(answer.code, cases[i].code);
		data = buffer_bytes(&answer.data);
		if (answer.code == BUS_OK)
			assert_true(bytes_equal(data, bytes_of(cases[i].out)));
		else
			assert_string_equal(answer.error, cases[i].out);
		data_answer_fini(&answer);
	}
}

static void
assert_prints(const struct data_answer *answer, const char *want)
{
	struct buffer line;

	buffer_init(&line, strlen(want));
	assert_int_equal(data_answer_print(answer, &line), 0);
	assert_true(bytes_equal(buffer_bytes(&line), bytes_of(want)));
	buffer_fini(&line);
	buffer_init(&line, strlen(want) - 1);
	assert_int_equal(data_answer_print(answer, &line), -ENOBUFS);
	assert_int_equal(line.len, 0);
	buffer_fini(&line);
}

static void
test_print(void **state)
{
	struct data_answer answer;

	(void)state;
	data_answer_init(&answer);
	assert_prints(&answer, "{\"ok\":true}\n");
	buffer_append(&answer.data, bytes_of("[1,2]"));
	assert_prints(&answer, "{\"ok\":true,\"data\":[1,2]}\n");
	data_answer_fail(&answer, BUS_NOT_FOUND, "no such table: \"%s\"", "x");
	assert_prints(&answer,
	    "{\"ok\":false,\"error\":\"no such table: \\\"x\\\"\","
	    "\"code\":\"not_found\"}\n");
	data_answer_fail(&answer, BUS_RATE_LIMITED, "rate limit exceeded");
	assert_prints(&answer,
	    "{\"ok\":false,\"error\":\"rate limit exceeded\","
	    "\"code\":\"busy\"}\n");
	data_answer_fini(&answer);
}

/* A sentence that is cut within a character is still text. */
static void
test_long_refusal(void **state)
{
	char words[2 * DATA_ERROR_MAX];
	struct data_answer answer, read;
	struct buffer line;

	(void)state;
	memset(words, 'a', sizeof(words));
	memcpy(words + DATA_ERROR_MAX - 1, "\xc3\xa4", 2);
	words[sizeof(words) - 1] = '\0';
	data_answer_init(&answer);
	data_answer_fail(&answer, BUS_INTERNAL, "%s", words);
	assert_int_equal(strlen(answer.error), DATA_ERROR_MAX);
	assert_int_equal(answer.error[DATA_ERROR_MAX - 1], '?');
	buffer_init(&line, 2 * DATA_ERROR_MAX);
	assert_int_equal(data_answer_print(&answer, &line), 0);
	assert_int_equal(data_answer_parse(buffer_bytes(&line), &read), 0);
	assert_string_equal(read.error, answer.error);
	assert_int_equal(read.code, BUS_INTERNAL);
	data_answer_fini(&read);
	data_answer_fini(&answer);
	buffer_fini(&line);
}

/* What fits on the wire may not fit once printed: 5e-324 takes 23 bytes. */
static void
test_grown(void **state)
{
	struct data_answer answer;
	struct buffer line;
	size_t i;

	(void)state;
	buffer_init(&line, DATA_ANSWER_MAX);
	buffer_append(&line, bytes_of("{\"ok\":true,\"data\":["));
	for (i = 0; i < DATA_ANSWER_MAX / 20; i++)
		buffer_append(&line, bytes_of("5e-324,"));
	buffer_append(&line, bytes_of("0]}"));
	assert_int_equal(data_answer_parse(buffer_bytes(&line), &answer), 0);
	assert_int_equal(answer.code, BUS_TOO_LARGE);
	assert_int_equal(answer.data.len, 0);
	data_answer_fini(&answer);
	buffer_fini(&line);
}

static void
test_limits(void **state)
{
	struct data_answer answer;
	struct buffer line;
	size_t i;

	(void)state;
	buffer_init(&line, DATA_ANSWER_MAX + 1);
	buffer_append(&line, bytes_of("{\"ok\":true,\"data\":["));
	for (i = 0; i < DATA_ANSWER_VALUES_MAX; i++)
		buffer_append(&line, bytes_of("0,"));
	buffer_append(&line, bytes_of("0]}"));
	assert_int_equal(
	    data_answer_parse(buffer_bytes(&line), &answer), -EBADMSG);
	while (buffer_room(&line) > 0)
		buffer_append(&line, bytes_of(" "));
	assert_int_equal(
	    data_answer_parse(buffer_bytes(&line), &answer), -EBADMSG);
	buffer_fini(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_long_refusal),
		cmocka_unit_test(test_grown),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
