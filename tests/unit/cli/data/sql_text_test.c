#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/data/sql_text.h"
#include "common/base/array.h"

static const struct {
	const char *name, *text;
	size_t len;
	const char *shown, *json;
} cases[] = {
	{ "nothing", "", 0, "", "\"\"" },
	{ "plain", "a b", 3, "a b", "\"a b\"" },
	{ "UTF-8", "h\xc3\xa9", 3, "h\xc3\xa9", "\"h\xc3\xa9\"" },
	{ "quotes", "\"\\", 2, "\"\\", "\"\\\"\\\\\"" },
	{ "lines", "a\n\tb\r", 5, "a\\n\\tb\\r",
	    "\"a\\u000a\\u0009b\\u000d\"" },
	{ "NUL", "a\0b", 3, "a\\x00b", "\"a\\u0000b\"" },
	{ "escape", "\x1b[2J", 4, "\\x1b[2J", "\"\\u001b[2J\"" },
	{ "C1", "\xc2\x9b", 2, "\\x9b", "\"\\u009b\"" },
	{ "direction", "\xe2\x80\xae", 3, "\\u202e", "\"\\u202e\"" },
	{ "no UTF-8", "a\xff\xc3", 3, "a\xef\xbf\xbd\xef\xbf\xbd",
	    "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "beyond 16 bits", "\xf0\x9f\x90\x88", 4, "\xf0\x9f\x90\x88",
	    "\"\xf0\x9f\x90\x88\"" },
};

static char *
written(void (*write)(struct bytes, FILE *), struct bytes text)
{
	char *out = NULL;
	size_t len;
	FILE *to = open_memstream(&out, &len);

	assert_non_null(to);
	write(text, to);
	fclose(to);
	return out;
}

static void
test_both(void **state)
{
	struct bytes text;
	char *shown, *json;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		text = (struct bytes){ (const uint8_t *)cases[i].text,
			cases[i].len };
		shown = written(sql_text_write, text);
		json = written(sql_text_write_json, text);
		if (strcmp(shown, cases[i].shown) != 0 ||
		    strcmp(json, cases[i].json) != 0)
			fail_msg(
			    "%s: got %s and %s", cases[i].name, shown, json);
		free(shown);
		free(json);
	}
}

static void
test_width(void **state)
{
	(void)state;
	setlocale(LC_CTYPE, "C.UTF-8");
	assert_int_equal(sql_text_width(""), 0);
	assert_int_equal(sql_text_width("h\xc3\xa9"), 2);
	assert_int_equal(sql_text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	assert_int_equal(sql_text_width("e\xcc\x81"), 1); /* combining */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
