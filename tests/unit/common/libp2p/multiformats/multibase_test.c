/* multibase: texts of every alphabet */
#include "common/libp2p/multiformats/multibase.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"

/* "yes mani !" and "\0yes mani !" of the multibase specification's tests */
/* clang-format off */
static const struct {
	char code;
	const char *text, *with_zero;
} cases[] = {
	{ '7', "362625631006654133464440102", "000745453462015530267151100204" },
	{ '9', "573277761329450583662625", "0573277761329450583662625" },
	{ 'f', "796573206d616e692021", "00796573206d616e692021" },
	{ 'F', "796573206D616E692021", "00796573206D616E692021" },
	{ 'v', "f5in683dc5n6i811", "01smasp0dlgmsq9044" },
	{ 'V', "F5IN683DC5N6I811", "01SMASP0DLGMSQ9044" },
	{ 'b', "pfsxgidnmfxgsibb", "ab4wk4zanvqw42jaee" },
	{ 'B', "PFSXGIDNMFXGSIBB", "AB4WK4ZANVQW42JAEE" },
	{ 'h', "xf1zgedpcfzg1ebb", "ybhskh3ypiosh4jyrr" },
	{ 'k', "2lcpzo5yikidynfl", "02lcpzo5yikidynfl" },
	{ 'K', "2LCPZO5YIKIDYNFL", "02LCPZO5YIKIDYNFL" },
	{ 'z', "7paNL19xttacUY", "17paNL19xttacUY" },
	{ 'Z', "7Pznk19XTTzBtx", "17Pznk19XTTzBtx" },
	{ 'm', "eWVzIG1hbmkgIQ", "AHllcyBtYW5pICE" },
	{ 'u', "eWVzIG1hbmkgIQ", "AHllcyBtYW5pICE" },
};
/* clang-format on */

static void
check(char code, struct bytes bytes, const char *want)
{
	size_t want_len = strlen(want), len;
	uint8_t back[11];
	char text[64];

	assert_int_equal(multibase_encode(code, bytes, text, want_len + 1), 0);
	assert_string_equal(text, want);
	assert_int_equal(
	    multibase_encode(code, bytes, text, want_len), -ENOBUFS);
	assert_int_equal(
	    multibase_decode(code, bytes_of(want), back, bytes.len, &len), 0);
	assert_true(bytes_equal((struct bytes){ back, len }, bytes));
	assert_int_equal(
	    multibase_decode(code, bytes_of(want), back, bytes.len - 1, &len),
	    -EINVAL);
}

static void
test_round_trips(void **state)
{
	static const uint8_t bytes[] = "\0yes mani !";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("%c\n", cases[i].code);
		check(cases[i].code, (struct bytes){ bytes + 1, 10 },
		    cases[i].text);
		check(cases[i].code, (struct bytes){ bytes, 11 },
		    cases[i].with_zero);
	}
}

/* clang-format off */
static const struct {
	const char *name;
	char code;
	const char *text;
} malformed[] = {
	{ "unknown code", '?', "00" },
	{ "no code", '\0', "00" },
	{ "0 in base58", 'z', "110" },
	{ "l in base58", 'z', "lll" },
	{ "upper case in base36", 'k', "Abc" },
	{ "upper case in base32", 'b', "PFSX" },
	{ "half a byte", 'f', "0" },
	{ "odd digits", 'f', "000" },
	{ "a digit too much", 'b', "a" },
	{ "bits left over", 'b', "ab" "b" },
	{ "bits left over", 'u', "AB" },
	{ "padding", 'u', "AA==" },
	{ "not ASCII", 'z', "\xc3\xa9" },
	{ "space", 'f', "00 " },
	{ "more than fits", 'f', "000102030405060708090a0b0c0d0e0f10" },
	{ "more than fits", 'z', "11111111111111111" },
	{ "more than fits", 'k', "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" },
};
/* clang-format on */

static void
test_malformed(void **state)
{
	uint8_t out[16];
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(malformed); i++) {
		print_message("%s\n", malformed[i].name);
		assert_int_equal(
		    multibase_decode(malformed[i].code,
			bytes_of(malformed[i].text), out, sizeof(out), &len),
		    -EINVAL);
	}
}

static void
test_empty(void **state)
{
	uint8_t out[1];
	char text[1];
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(multibase_encode(cases[i].code,
				     (struct bytes){ NULL, 0 }, text, 1),
		    0);
		assert_string_equal(text, "");
		assert_int_equal(
		    multibase_decode(cases[i].code, bytes_of(""), out, 0, &len),
		    0);
		assert_int_equal(len, 0);
	}
}

static void
test_too_long(void **state)
{
	static const uint8_t bytes[MULTIBASE_BYTES_MAX + 1];
	char text[1024];

	(void)state;
	assert_int_equal(
	    multibase_encode('9', (struct bytes){ bytes, sizeof(bytes) }, text,
		sizeof(text)),
	    -ENOBUFS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
