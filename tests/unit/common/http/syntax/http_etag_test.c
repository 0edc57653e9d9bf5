#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/http/syntax/http_etag.h"

/* If-None-Match against the tag "b" */
/* clang-format off */
static const struct {
	const char *name, *in;
	bool want;
} cases[] = {
	{ "the same",        "\"b\"",                  true },
	{ "any",             "*",                      true },
	{ "weak",            "W/\"b\"",                true },
	{ "second",          "\"a\", \"b\"",           true },
	{ "no spaces",       "\"a\",\"b\"",            true },
	{ "weak, last",      "\"a\" , W/\"b\"",        true },
	{ "comma inside",    "\"a,b\", \"b\"",         true },
	{ "another",         "\"a\"",                  false },
	{ "longer",          "\"bb\"",                 false },
	{ "empty",           "",                       false },
	{ "no quotes",       "b",                      false },
	{ "open",            "\"b",                    false },
	{ "within another",  "\"a\"b\"",               false },
	{ "weak in small",   "w/\"b\"",                false },
};
/* clang-format on */

static void
test_listed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (http_etag_listed(cases[i].in, "\"b\"") != cases[i].want ||
		    http_etag_listed(cases[i].in, "W/\"b\"") != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_listed) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
