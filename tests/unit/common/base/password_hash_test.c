#include "common/base/password_hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/base64.h"

/* --- base64 (the vectors of RFC 4648, section 10) */

static const struct {
	const char *bytes, *padded, *bare;
} texts[] = {
	{ "", "", "" },
	{ "f", "Zg==", "Zg" },
	{ "fo", "Zm8=", "Zm8" },
	{ "foo", "Zm9v", "Zm9v" },
	{ "foob", "Zm9vYg==", "Zm9vYg" },
	{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
	{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
	{ "\xff\xef\xbe", "/+++", "/+++" },
};

static void
base64_prints_and_parses(void **state)
{
	char text[32];
	uint8_t bytes[8];
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		base64_print(bytes_of(texts[i].bytes), text);
		assert_string_equal(text, texts[i].padded);
		base64_print_unpadded(bytes_of(texts[i].bytes), text);
		assert_string_equal(text, texts[i].bare);
		assert_int_equal(base64_parse(bytes_of(texts[i].padded), bytes,
				     sizeof(bytes), &len),
		    0);
		assert_int_equal(len, strlen(texts[i].bytes));
		assert_memory_equal(bytes, texts[i].bytes, len);
		/* Exactly as much room as is needed is enough. */
		assert_int_equal(base64_parse(bytes_of(texts[i].bare), bytes,
				     strlen(texts[i].bytes), &len),
		    0);
	}
}

static void
base64_refuses(void **state)
{
	static const char *const wrong[] = { "Z", "Zg=", "Zg===", "Zh",
		"Zm9=", "Zm 9", "Zm9v\n", "=", "==", "Zg==Zg==", "Zm-_",
		"Zm9vYmFyZm9v" };
	uint8_t bytes[8];
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (base64_parse(
			bytes_of(wrong[i]), bytes, sizeof(bytes), &len) == 0)
			fail_msg("taken: %s", wrong[i]);
	}
}

/* --- hashes */

static void
knows_its_password(void **state)
{
	char text[PASSWORD_HASH_TEXT_SIZE], again[PASSWORD_HASH_TEXT_SIZE];
	struct password_hash hash;

	(void)state;
	assert_int_equal(password_hash_make(bytes_of("secret"), text), 0);
	assert_int_equal(password_hash_parse(text, &hash), 0);
	assert_true(password_hash_matches(&hash, bytes_of("secret")));
	assert_false(password_hash_matches(&hash, bytes_of("Secret")));
	assert_false(password_hash_matches(&hash, bytes_of("")));
	assert_int_equal(password_hash_make(bytes_of("secret"), again), 0);
	assert_string_not_equal(text, again); /* salted */
}

/* Made by Python's passlib (the example of its manual). */
static void
knows_those_of_others(void **state)
{
	static const char text[] =
	    "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q"
	    "$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E";
	struct password_hash hash;

	(void)state;
	assert_int_equal(password_hash_parse(text, &hash), 0);
	assert_true(password_hash_matches(&hash, bytes_of("password")));
	assert_false(password_hash_matches(&hash, bytes_of("passwort")));
}

#define SALT "$aM15713r3Xsvxbi31lqr1Q"
#define HASH "$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E"

static const struct {
	const char *name, *text;
} refused[] = {
	{ "nothing", "" },
	{ "a password", "hunter2" },
	{ "another method", "$argon2id$v=19$m=65536,t=3,p=4" SALT HASH },
	{ "no hash", "$scrypt$ln=15,r=8,p=1" SALT },
	{ "a short hash", "$scrypt$ln=15,r=8,p=1" SALT "$Zm9v" },
	{ "no salt", "$scrypt$ln=15,r=8,p=1" HASH },
	{ "too much memory", "$scrypt$ln=17,r=8,p=1" SALT HASH },
	{ "too much work", "$scrypt$ln=15,r=8,p=1000000" SALT HASH },
	{ "a huge exponent", "$scrypt$ln=64,r=1,p=1" SALT HASH },
	{ "hardly any work", "$scrypt$ln=1,r=1,p=1" SALT HASH },
	{ "no number", "$scrypt$ln=,r=8,p=1" SALT HASH },
	{ "another order", "$scrypt$r=8,ln=15,p=1" SALT HASH },
	{ "something behind", "$scrypt$ln=15,r=8,p=1" SALT HASH "$" },
};

static void
refuses(void **state)
{
	struct password_hash hash;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		if (password_hash_parse(refused[i].text, &hash) == 0)
			fail_msg("taken: %s", refused[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_prints_and_parses),
		cmocka_unit_test(base64_refuses),
		cmocka_unit_test(knows_its_password),
		cmocka_unit_test(knows_those_of_others),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
