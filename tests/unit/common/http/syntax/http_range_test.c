#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/http/syntax/http_range.h"

/* Range headers against a file of ten bytes */
/* clang-format off */
static const struct {
	const char *name, *in;
	int want;
	uint64_t from, len;
} cases[] = {
	{ "first three",          "bytes=0-2",      0,                        0, 3 },
	{ "one byte",             "bytes=9-9",      0,                        9, 1 },
	{ "to the end",           "bytes=4-",       0,                        4, 6 },
	{ "all",                  "bytes=0-",       0,                        0, 10 },
	{ "past the end",         "bytes=8-100",    0,                        8, 2 },
	{ "largest end",          "bytes=8-18446744073709551615", 0,          8, 2 },
	{ "last three",           "bytes=-3",       0,                        7, 3 },
	{ "longer than the file", "bytes=-50",      0,                        0, 10 },
	{ "unit in capitals",     "BYTES=0-0",      0,                        0, 1 },
	{ "begins at the end",    "bytes=10-",      HTTP_RANGE_UNSATISFIABLE, 0, 0 },
	{ "begins far out",       "bytes=99-100",   HTTP_RANGE_UNSATISFIABLE, 0, 0 },
	{ "last none",            "bytes=-0",       HTTP_RANGE_UNSATISFIABLE, 0, 0 },
	{ "backwards",            "bytes=4-2",      HTTP_RANGE_IGNORED,       0, 0 },
	{ "no header",            NULL,             HTTP_RANGE_IGNORED,       0, 0 },
	{ "empty",                "",               HTTP_RANGE_IGNORED,       0, 0 },
	{ "unit alone",           "bytes",          HTTP_RANGE_IGNORED,       0, 0 },
	{ "nothing asked",        "bytes=",         HTTP_RANGE_IGNORED,       0, 0 },
	{ "dash alone",           "bytes=-",        HTTP_RANGE_IGNORED,       0, 0 },
	{ "two ranges",           "bytes=0-1,3-4",  HTTP_RANGE_IGNORED,       0, 0 },
	{ "other unit",           "lines=0-1",      HTTP_RANGE_IGNORED,       0, 0 },
	{ "space",                "bytes= 0-1",     HTTP_RANGE_IGNORED,       0, 0 },
	{ "sign",                 "bytes=+1-2",     HTTP_RANGE_IGNORED,       0, 0 },
	{ "letters",              "bytes=a-b",      HTTP_RANGE_IGNORED,       0, 0 },
	{ "rest behind",          "bytes=0-1x",     HTTP_RANGE_IGNORED,       0, 0 },
	{ "too large a number",   "bytes=18446744073709551616-", HTTP_RANGE_IGNORED, 0, 0 },
};
/* clang-format on */

static void
test_ranges(void **state)
{
	struct http_range range;
	uint64_t from = 0, len = 0;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		got = http_range_parse(cases[i].in, &range);
		if (got == 0)
			got = http_range_resolve(&range, 10, &from, &len);
		if (got != cases[i].want ||
		    (got == 0 &&
			(from != cases[i].from || len != cases[i].len)))
			fail_msg("%s: got %d %llu+%llu", cases[i].name, got,
			    (unsigned long long)from, (unsigned long long)len);
	}
}

static void
test_empty_file(void **state)
{
	struct http_range range;
	uint64_t from, len;

	(void)state;
	assert_int_equal(http_range_parse("bytes=0-", &range), 0);
	assert_int_equal(
	    http_range_resolve(&range, 0, &from, &len), HTTP_RANGE_IGNORED);
	assert_int_equal(http_range_parse("bytes=-5", &range), 0);
	assert_int_equal(
	    http_range_resolve(&range, 0, &from, &len), HTTP_RANGE_IGNORED);
}

static void
test_print(void **state)
{
	static const char *const texts[] = { "bytes=0-2", "bytes=4-",
		"bytes=-3", "bytes=18446744073709551614-18446744073709551614" };
	char text[HTTP_RANGE_TEXT_SIZE];
	struct http_range range;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(http_range_parse(texts[i], &range), 0);
		http_range_print(&range, text);
		assert_string_equal(text, texts[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_empty_file),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
