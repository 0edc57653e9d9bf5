/* bytes and hex: borrowed bytes, the cursor, digits */
#include "common/base/bytes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/hex.h"

/* clang-format off */
static const struct { const char *a, *b; bool want; } pairs[] = {
	{ "", "", true },
	{ "a", "a", true },
	{ "a", "b", false },
	{ "a", "aa", false },
	{ "", "a", false },
};
/* clang-format on */

static void
test_equal(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct bytes a = bytes_of(pairs[i].a), b = bytes_of(pairs[i].b);

		assert_int_equal(bytes_equal(a, b), pairs[i].want);
		assert_int_equal(bytes_equal_secret(a, b), pairs[i].want);
	}
	assert_true(bytes_equal((struct bytes){ NULL, 0 }, bytes_of("")));
}

static void
test_cursor_reads(void **state)
{
	static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct cursor cursor =
	    cursor_over((struct bytes){ data, sizeof(data) });

	(void)state;
	assert_int_equal(cursor_u8(&cursor), 1);
	assert_int_equal(cursor_be16(&cursor), 0x0203);
	assert_int_equal(cursor_be32(&cursor), 0x04050607);
	assert_false(cursor_done(&cursor));
	assert_int_equal(cursor_rest(&cursor).len, 2);
	assert_ptr_equal(cursor_take(&cursor, 2).data, data + 7);
	assert_true(cursor_done(&cursor));
	assert_int_equal(cursor_take(&cursor, 0).len, 0);
	assert_true(cursor_done(&cursor));
}

/* Once over the end, nothing comes any more, also what would be there. */
static void
test_cursor_fails_for_good(void **state)
{
	static const uint8_t data[] = { 1, 2, 3 };
	struct bytes three = { data, sizeof(data) };
	struct cursor cursor = cursor_over(three);

	(void)state;
	assert_int_equal(cursor_be32(&cursor), 0);
	assert_true(cursor.failed);
	assert_int_equal(cursor_u8(&cursor), 0);
	assert_int_equal(cursor_be16(&cursor), 0);
	assert_null(cursor_take(&cursor, 0).data);
	assert_int_equal(cursor_rest(&cursor).len, 0);
	assert_false(cursor_done(&cursor));

	cursor = cursor_over(three);
	assert_int_equal(cursor_take(&cursor, SIZE_MAX).len, 0);
	assert_true(cursor.failed);

	cursor = cursor_over((struct bytes){ NULL, 0 });
	assert_true(cursor_done(&cursor));
	assert_int_equal(cursor_u8(&cursor), 0);
	assert_false(cursor_done(&cursor));
}

static void
test_stores(void **state)
{
	uint8_t out[14];
	struct cursor cursor = cursor_over((struct bytes){ out, sizeof(out) });

	(void)state;
	store_be16(out, 0xfedc);
	store_be32(out + 2, 0xba987654);
	store_be64(out + 6, 0x0123456789abcdef);
	assert_int_equal(cursor_be16(&cursor), 0xfedc);
	assert_int_equal(cursor_be32(&cursor), 0xba987654);
	assert_int_equal(cursor_be32(&cursor), 0x01234567);
	assert_int_equal(cursor_be32(&cursor), 0x89abcdef);
}

/* clang-format off */
static const struct { const char *name, *text; size_t len; int want; } digits[] = {
	{ "nothing", "", 0, 0 },
	{ "lower case", "00ff1a", 3, 0 },
	{ "upper case", "00FF1A", 3, 0 },
	{ "odd", "00f", 1, -EINVAL },
	{ "too short", "00", 2, -EINVAL },
	{ "too long", "0000", 1, -EINVAL },
	{ "not a digit", "0g", 1, -EINVAL },
	{ "sign", "-1", 1, -EINVAL },
	{ "space", " 1", 1, -EINVAL },
};
/* clang-format on */

static void
test_hex(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0xff, 0x1a };
	uint8_t out[3];
	char text[7];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(digits); i++) {
		print_message("%s\n", digits[i].name);
		assert_int_equal(hex_parse(digits[i].text, out, digits[i].len),
		    digits[i].want);
		if (digits[i].want == 0)
			assert_memory_equal(out, bytes, digits[i].len);
	}
	hex_print((struct bytes){ bytes, sizeof(bytes) }, text);
	assert_string_equal(text, "00ff1a");
}

static void
test_skip(void **state)
{
	struct bytes bytes = bytes_of("GET /x"), none = { NULL, 0 };

	(void)state;
	assert_false(bytes_skip(&bytes, "HEAD "));
	assert_false(bytes_skip(&bytes, "GET /xy"));
	assert_true(bytes_skip(&bytes, "GET "));
	assert_true(bytes_equal(bytes, bytes_of("/x")));
	assert_true(bytes_skip(&bytes, "/x"));
	assert_int_equal(bytes.len, 0);
	assert_false(bytes_skip(&none, "x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_cursor_reads),
		cmocka_unit_test(test_cursor_fails_for_good),
		cmocka_unit_test(test_stores),
		cmocka_unit_test(test_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
