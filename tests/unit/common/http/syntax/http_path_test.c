#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/http/syntax/http_path.h"

/* clang-format off */
static const struct {
	const char *name, *in;
	int want;
	const char *text;
} cases[] = {
	{ "plain",               "/a/b.html",        0, "/a/b.html" },
	{ "empty",               "",                 0, "" },
	{ "space",               "/a%20b",           0, "/a b" },
	{ "either case",         "/%c3%A9",          0, "/\xc3\xa9" },
	{ "decoded once",        "/%252e%252e/",     0, "/%2e%2e/" },
	{ "plus stays",          "/a+b",             0, "/a+b" },
	{ "encoded slash",       "/a%2Fb",           0, "/a/b" },
	{ "dots within a name",  "/a..b/.c/...",     0, "/a..b/.c/..." },
	{ "NUL",                 "/a%00.html",       -EINVAL, NULL },
	{ "line end",            "/a%0d%0ab",        -EINVAL, NULL },
	{ "DEL",                 "/a%7f",            -EINVAL, NULL },
	{ "cut escape",          "/a%4",             -EINVAL, NULL },
	{ "lone percent",        "/a%",              -EINVAL, NULL },
	{ "no digits",           "/a%zz",            -EINVAL, NULL },
	{ "not UTF-8",           "/a%ff",            -EINVAL, NULL },
	{ "overlong slash",      "/%c0%af",          -EINVAL, NULL },
	{ "up",                  "/../etc/passwd",   -EINVAL, NULL },
	{ "up, encoded",         "/%2e%2e/x",        -EINVAL, NULL },
	{ "up, half encoded",    "/.%2E/x",          -EINVAL, NULL },
	{ "up, slash encoded",   "/a%2f..%2fb",      -EINVAL, NULL },
	{ "up at the end",       "/a/..",            -EINVAL, NULL },
	{ "here",                "/./a",             -EINVAL, NULL },
	{ "too long",            "/0123456789012345678", -ENAMETOOLONG, NULL },
};
/* clang-format on */

static void
test_decode(void **state)
{
	char text[20];
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		got =
		    http_path_decode(bytes_of(cases[i].in), text, sizeof(text));
		if (got != cases[i].want ||
		    (got == 0 && strcmp(text, cases[i].text) != 0))
			fail_msg("%s: got %d \"%s\"", cases[i].name, got,
			    got == 0 ? text : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_decode) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
