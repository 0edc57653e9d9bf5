#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "goopd/data/sql/identifier.h"

/* clang-format off */
static const struct { const char *name, *in; bool valid, user_table, system; } cases[] = {
	{ "word",           "posts",        true,  true,  false },
	{ "capitals",       "Posts2",       true,  true,  false },
	{ "reserved word",  "order",        true,  true,  false },
	{ "one letter",     "a",            true,  true,  false },
	{ "underscore in",  "a_b_",         true,  true,  false },
	{ "system",         "_id",          true,  false, true },
	{ "underscore",     "_",            true,  false, true },
	{ "SQLite's",       "sqlite_master", true, false, false },
	{ "SQLite's, loud", "SQLite_Stat1", true,  false, false },
	{ "nearly SQLite's", "sqlite",      true,  true,  false },
	{ "empty",          "",             false, false, false },
	{ "digit first",    "1a",           false, false, false },
	{ "space",          "a b",          false, false, false },
	{ "quote",          "a\"b",         false, false, false },
	{ "dot",            "main.a",       false, false, false },
	{ "star",           "*",            false, false, false },
	{ "line end",       "a\n",          false, false, false },
	{ "umlaut",         "\xc3\xa4",     false, false, false },
	{ "injection",      "a); DROP TABLE b; --", false, false, false },
};
/* clang-format on */

static void
test_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		assert_int_equal(
		    identifier_is_valid(cases[i].in), cases[i].valid);
		assert_int_equal(
		    identifier_is_user_table(cases[i].in), cases[i].user_table);
		assert_int_equal(
		    identifier_is_system_column(cases[i].in), cases[i].system);
	}
}

static void
test_length(void **state)
{
	char name[IDENTIFIER_MAX + 2] = { 0 };

	(void)state;
	memset(name, 'a', IDENTIFIER_MAX);
	assert_true(identifier_is_valid(name));
	name[IDENTIFIER_MAX] = 'a';
	assert_false(identifier_is_valid(name));
	assert_false(identifier_is_user_table(name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
