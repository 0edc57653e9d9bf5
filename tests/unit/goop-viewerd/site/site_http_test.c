#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "goop-viewerd/site/site_http.h"

#define TAG ((char[]){ "\"v1\"" })

/* clang-format off */
static const struct {
	const char *name;
	struct site_head head;
	bool want;
} heads[] = {
	{ "whole",             { .status = 200, .size = 10, .length = 10 }, true },
	{ "empty",             { .status = 200 }, true },
	{ "part",              { .status = 206, .size = 10, .from = 4, .length = 6 }, true },
	{ "not modified",      { .status = 304, .size = 10 }, true },
	{ "not satisfiable",   { .status = 416, .size = 10 }, true },
	{ "directory",         { .status = 301 }, true },
	{ "empty part",        { .status = 206, .size = 10, .from = 4 }, false },
	{ "over the end",      { .status = 206, .size = 10, .from = 4, .length = 7 }, false },
	{ "longer than all",   { .status = 200, .size = 10, .length = 11 }, false },
	{ "far out",           { .status = 206, .size = INT64_MAX, .from = INT64_MAX, .length = INT64_MAX }, false },
	{ "negative",          { .status = 200, .size = -1, .length = -1 }, false },
	{ "odd status",        { .status = 500 }, false },
	{ "no status",         { .status = 0 }, false },
};
/* clang-format on */

static void
test_sane(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		if (site_http_is_sane(&heads[i].head) != heads[i].want)
			fail_msg("%s", heads[i].name);
	}
}

static void
test_ask_rest(void **state)
{
	struct site_head first = { .status = 206,
		.size = 100,
		.from = 10,
		.length = 50,
		.etag = TAG,
		.ranges = true };
	struct site_open open = { .if_none_match = xstrdup("\"v0\"") };

	(void)state;
	assert_true(site_http_ask_rest(&first, 20, &open));
	assert_string_equal(open.range, "bytes=30-59");
	assert_string_equal(open.if_range, "\"v1\"");
	assert_null(open.if_none_match);
	message_fini(&site_open_message, &open);
}

static void
test_no_rest(void **state)
{
	struct site_head first = { .status = 200,
		.size = 9,
		.length = 9,
		.etag = TAG,
		.ranges = false };
	struct site_open open = { 0 };
	char weak[] = "W/\"v1\"";

	(void)state;
	assert_false(site_http_ask_rest(&first, 1, &open)); /* no ranges */
	first.ranges = true;
	first.etag = NULL;
	assert_false(site_http_ask_rest(&first, 1, &open)); /* which version? */
	first.etag = weak;
	assert_false(site_http_ask_rest(&first, 1, &open));
}

static void
test_continues(void **state)
{
	struct site_head first = {
		.status = 200, .size = 9, .length = 9, .etag = TAG
	};
	struct site_head rest = {
		.status = 206, .size = 9, .from = 4, .length = 5, .etag = TAG
	};
	char changed[] = "\"v2\"";

	(void)state;
	assert_true(site_http_continues(&first, 4, &rest));
	assert_false(site_http_continues(&first, 3, &rest));
	rest.length = 4; /* it became shorter */
	assert_false(site_http_continues(&first, 4, &rest));
	rest.length = 5;
	rest.etag = changed;
	assert_false(site_http_continues(&first, 4, &rest));
	rest.etag = NULL;
	assert_false(site_http_continues(&first, 4, &rest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sane),
		cmocka_unit_test(test_ask_rest),
		cmocka_unit_test(test_no_rest),
		cmocka_unit_test(test_continues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
