#include "goop-rendezvousd/endpoints/query_string.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"

static const struct {
	const char *name, *query, *key;
	int rc;
	const char *want;
} cases[] = {
	{ "no query", NULL, "a", QUERY_ABSENT, "" },
	{ "an empty one", "", "a", QUERY_ABSENT, "" },
	{ "one value", "a=1", "a", 0, "1" },
	{ "the second", "a=1&b=2", "b", 0, "2" },
	{ "the first of two", "a=1&a=2", "a", 0, "1" },
	{ "empty", "a=&b=2", "a", 0, "" },
	{ "no value", "a&b=2", "a", QUERY_ABSENT, "" },
	{ "the end of another name", "xa=1", "a", QUERY_ABSENT, "" },
	{ "the beginning of another", "ab=1", "a", QUERY_ABSENT, "" },
	{ "escapes", "a=%41%c3%ABz", "a", 0, "A\xc3\xabz" },
	{ "plus is a space", "a=b+c", "a", 0, "b c" },
	{ "equals in the value", "a=b=c", "a", 0, "b=c" },
	{ "ampersands alone", "&&a=1&", "a", 0, "1" },
	{ "a cut escape", "a=%4", "a", -EINVAL, "" },
	{ "a bare percent", "a=%", "a", -EINVAL, "" },
	{ "no hex", "a=%zz", "a", -EINVAL, "" },
	{ "NUL", "a=x%00y", "a", -EINVAL, "" },
	{ "line feed", "a=x%0ay", "a", -EINVAL, "" },
	{ "no UTF-8", "a=%ff", "a", -EINVAL, "" },
	{ "seven bytes fit", "a=1234567", "a", 0, "1234567" },
	{ "eight do not", "a=12345678", "a", -ENOBUFS, "" },
};

static void
finds_and_decodes(void **state)
{
	char got[8];
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		rc = query_get(cases[i].query, cases[i].key, got, sizeof(got));
		if (rc != cases[i].rc)
			fail_msg("%s: got %d", cases[i].name, rc);
		if (rc == 0 && strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got \"%s\"", cases[i].name, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_and_decodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
