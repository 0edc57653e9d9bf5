#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "common/http/syntax/http_target.h"

/* clang-format off */
static const struct {
	const char *name, *in;
	const char *path; /* NULL: refused */
	const char *authority;
} cases[] = {
	{ "path",            "/a?b=http://c",       "/a?b=http://c", "" },
	{ "URL",             "http://h.test/a?b#c", "/a?b#c", "h.test" },
	{ "URL with port",   "HTTP://h.test:8787/", "/",      "h.test:8787" },
	{ "URL of IPv6",     "https://[::1]:1/a",   "/a",     "[::1]:1" },
	{ "URL, no path",    "http://h.test",       "/",      "h.test" },
	{ "query, no path",  "http://h.test?a",     NULL,     NULL },
	{ "user",            "http://u@h.test/a",   NULL,     NULL },
	{ "no host",         "http:///a",           NULL,     NULL },
	{ "port of no host", "http://:80/a",        NULL,     NULL },
	{ "other scheme",    "ftp://h.test/a",      NULL,     NULL },
	{ "authority",       "h.test:80",           NULL,     NULL },
	{ "asterisk",        "*",                   NULL,     NULL },
	{ "empty",           "",                    NULL,     NULL },
	{ "space in host",   "http://h test/a",     NULL,     NULL },
};
/* clang-format on */

static void
test_targets(void **state)
{
	struct http_target target;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		rc = http_target_parse(cases[i].in, &target);
		if ((rc == 0) != (cases[i].path != NULL) ||
		    (rc == 0 &&
			(strcmp(target.path, cases[i].path) != 0 ||
			    strcmp(target.authority, cases[i].authority) != 0)))
			fail_msg("%s: %d", cases[i].name, rc);
	}
}

/* One that is too long for any header. */
static void
test_long(void **state)
{
	char text[1024] = "http://";
	struct http_target target;

	(void)state;
	memset(text + strlen(text), 'h', sizeof(text) - strlen(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_true(http_target_parse(text, &target) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
