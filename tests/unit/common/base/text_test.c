/* text: what strangers write */
#include "common/base/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"

/* clang-format off */
static const struct {
	const char *name, *text;
	bool is_utf8;
	const char *printable;
} texts[] = {
	{ "empty", "", true, "" },
	{ "ASCII", "plain text ~", true, "plain text ~" },
	{ "two bytes", "\xc3\xa9", true, "\xc3\xa9" },
	{ "three bytes", "\xe2\x82\xac", true, "\xe2\x82\xac" },
	{ "four bytes", "\xf0\x9f\x90\xb8", true, "\xf0\x9f\x90\xb8" },
	{ "last code point", "\xf4\x8f\xbf\xbf", true, "\xf4\x8f\xbf\xbf" },
	{ "beyond the last", "\xf4\x90\x80\x80", false, "????" },
	{ "overlong slash", "\xc0\xaf", false, "??" },
	{ "overlong in three", "\xe0\x80\xaf", false, "???" },
	{ "overlong in four", "\xf0\x80\x80\xaf", false, "????" },
	{ "surrogate", "\xed\xa0\x80", false, "???" },
	{ "before surrogates", "\xed\x9f\xbf", true, "\xed\x9f\xbf" },
	{ "cut at the end", "a\xe2\x82", false, "a??" },
	{ "lone continuation", "\x80x", false, "?x" },
	{ "start without continuation", "\xc3x", false, "?x" },
	{ "bad third byte", "\xe2\x82x", false, "??x" },
	{ "five bytes", "\xf8\x88\x80\x80\x80", false, "?????" },
	{ "newline", "a\nb", true, "a?b" },
	{ "escape", "\x1b[31mred", true, "?[31mred" },
	{ "delete", "a\x7f", true, "a?" },
	{ "C1 control", "a\xc2\x9b" "31m", true, "a??31m" },
	{ "right-to-left override", "a\xe2\x80\xae" "b", true, "a???b" },
	{ "isolate", "\xe2\x81\xa7", true, "???" },
	{ "mark of direction", "\xd8\x9c\xe2\x80\x8f", true, "?????" },
	{ "line separator", "a\xe2\x80\xa8", true, "a???" },
	{ "joiner of emoji", "\xe2\x80\x8d", true, "\xe2\x80\x8d" },
	{ "ellipsis", "\xe2\x80\xa6", true, "\xe2\x80\xa6" },
	{ "no-break space", "\xc2\xa0", true, "\xc2\xa0" },
};
/* clang-format on */

static void
test_texts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP_FREE char *copy = xstrdup(texts[i].text);

		print_message("%s\n", texts[i].name);
		assert_int_equal(
		    text_is_utf8(bytes_of(texts[i].text)), texts[i].is_utf8);
		text_make_printable(copy);
		assert_string_equal(copy, texts[i].printable);
	}
	assert_false(
	    text_is_utf8((struct bytes){ (const uint8_t *)"a\0b", 3 }));
}

/* clang-format off */
static const struct { const char *text; int want; uint64_t value; } numbers[] = {
	{ "0", 0, 0 },
	{ "42", 0, 42 },
	{ "007", 0, 7 },
	{ "18446744073709551615", 0, UINT64_MAX },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "99999999999999999999999", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "0x10", -EINVAL, 0 },
	{ "1.0", -EINVAL, 0 },
};
/* clang-format on */

static void
test_numbers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		uint64_t value = 0;

		print_message("\"%s\"\n", numbers[i].text);
		assert_int_equal(
		    text_parse_u64(bytes_of(numbers[i].text), &value),
		    numbers[i].want);
		assert_true(value == numbers[i].value);
	}
}

#define LONG_65 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* clang-format off */
static const struct { const char *a, *b; size_t max, want; } distances[] = {
	{ "", "", 3, 0 },
	{ "listen_port", "listen_port", 3, 0 },
	{ "listen_prot", "listen_port", 3, 2 },
	{ "listenport", "listen_port", 3, 1 },
	{ "a", "", 3, 1 },
	{ "", "abc", 3, 3 },
	{ "kitten", "sitting", 9, 3 },
	{ "kitten", "sitting", 2, 3 },
	{ "label", "presence", 3, 4 },
	{ LONG_65, LONG_65, 3, 4 },
};
/* clang-format on */

static void
test_distances(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(distances); i++) {
		assert_int_equal(text_distance(distances[i].a, distances[i].b,
				     distances[i].max),
		    distances[i].want);
		assert_int_equal(text_distance(distances[i].b, distances[i].a,
				     distances[i].max),
		    distances[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_distances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
