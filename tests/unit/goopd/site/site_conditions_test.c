#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "goopd/site/site_conditions.h"

#define DATE    "Sun, 06 Nov 1994 08:49:37 GMT"
#define EARLIER "Sun, 06 Nov 1994 08:49:36 GMT"
#define LATER   "Mon, 07 Nov 1994 08:49:37 GMT"

/* clang-format off */
static const struct {
	const char *name;
	struct site_request request;
	unsigned int status;
	uint64_t from, length;
} conditions[] = {
	{ "nothing asked", { .is_head = false }, 200, 0, 10 },
	{ "same tag", { .if_none_match = "\"t\"" }, 304, 0, 0 },
	{ "weak form of it", { .if_none_match = "W/\"t\"" }, 304, 0, 0 },
	{ "in a list", { .if_none_match = "\"a\", \"b,c\" , \"t\"" }, 304, 0, 0 },
	{ "any", { .if_none_match = "*" }, 304, 0, 0 },
	{ "another tag", { .if_none_match = "\"tt\"" }, 200, 0, 10 },
	{ "no quotes", { .if_none_match = "t" }, 200, 0, 10 },
	{ "open quote", { .if_none_match = "\"t" }, 200, 0, 10 },
	{ "same date", { .if_modified_since = DATE }, 304, 0, 0 },
	{ "later date", { .if_modified_since = LATER }, 304, 0, 0 },
	{ "earlier date", { .if_modified_since = EARLIER }, 200, 0, 10 },
	{ "no date", { .if_modified_since = "yesterday" }, 200, 0, 10 },
	{ "the tag outweighs the date", { .if_none_match = "\"x\"", .if_modified_since = DATE }, 200, 0, 10 },
	{ "range", { .range = "bytes=2-3" }, 206, 2, 2 },
	{ "range of HEAD", { .is_head = true, .range = "bytes=2-3" }, 200, 0, 10 },
	{ "range of the same file", { .range = "bytes=2-3", .if_range = "\"t\"" }, 206, 2, 2 },
	{ "range of another file", { .range = "bytes=2-3", .if_range = "\"x\"" }, 200, 0, 10 },
	{ "range by weak tag", { .range = "bytes=2-3", .if_range = "W/\"t\"" }, 200, 0, 10 },
	{ "range past the end", { .range = "bytes=10-" }, 416, 0, 0 },
	{ "several ranges", { .range = "bytes=0-1,2-3" }, 200, 0, 10 },
	{ "this version", { .if_match = "\"x\", \"t\"", .range = "bytes=2-3" }, 206, 2, 2 },
	{ "another version", { .if_match = "\"x\"", .range = "bytes=2-3" }, 412, 0, 0 },
	{ "this one by weak tag", { .if_match = "W/\"t\"" }, 412, 0, 0 },
	{ "any version", { .if_match = "*" }, 200, 0, 10 },
	{ "unmodified since", { .if_unmodified_since = DATE }, 200, 0, 10 },
	{ "modified since", { .if_unmodified_since = EARLIER }, 412, 0, 0 },
	{ "unmodified since no date", { .if_unmodified_since = "yesterday" }, 200, 0, 10 },
	{ "the tag outweighs this date too", { .if_match = "\"t\"", .if_unmodified_since = EARLIER }, 200, 0, 10 },
	{ "not modified before range", { .if_none_match = "\"t\"", .range = "bytes=0-1" }, 304, 0, 0 },
};
/* clang-format on */

static void
test_conditions(void **state)
{
	struct site_answer answer;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		print_message("case: %s\n", conditions[i].name);
		answer = (struct site_answer){
			.size = 10, .etag = "\"t\"", .modified = DATE
		};
		site_conditions_apply(&conditions[i].request, &answer);
		assert_int_equal(answer.status, conditions[i].status);
		assert_int_equal(answer.from, conditions[i].from);
		assert_int_equal(answer.length, conditions[i].length);
		assert_int_equal(answer.size, 10);
		assert_true(answer.ranges);
	}
}

static void
test_dates(void **state)
{
	char text[SITE_DATE_MAX + 1];
	int64_t seconds;

	(void)state;
	site_date_print(784111777, text);
	assert_string_equal(text, DATE);
	assert_int_equal(site_date_parse(DATE, &seconds), 0);
	assert_int_equal(seconds, 784111777);
	assert_true(site_date_parse(DATE " ", &seconds) < 0);
	assert_true(site_date_parse("", &seconds) < 0);
	site_date_print(INT64_MAX, text);
	assert_string_equal(text, "");
	site_date_print(-1, text);
	assert_string_equal(text, "Wed, 31 Dec 1969 23:59:59 GMT");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
