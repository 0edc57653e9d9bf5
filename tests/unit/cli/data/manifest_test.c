#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/data/manifest.h"
#include "common/base/array.h"

#define SUM       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HEAD      "{\"format\":\"goop2-peer\",\"version\":1,\"peer_id\":\"p\","
#define FILE_(n)  "{\"name\":\"" n "\",\"size\":3,\"sha256\":\"" SUM "\"}"
#define CONFIG    FILE_("goop.json")
#define LIST(...) HEAD "\"files\":[" __VA_ARGS__ "]}"

static void
test_good(void **state)
{
	static const char json[] =
	    LIST(FILE_("site/b") "," CONFIG "," FILE_("site/a"));
	const struct manifest_file *found;
	struct manifest manifest;
	char *why = NULL;

	(void)state;
	assert_int_equal(manifest_parse(bytes_of(json), &manifest, &why), 0);
	assert_int_equal(manifest.files.count, 3);
	assert_int_equal(manifest_bytes(&manifest), 9);
	found = manifest_find(&manifest, "site/a");
	assert_non_null(found);
	assert_string_equal(found->name, "site/a");
	assert_null(manifest_find(&manifest, "site/c"));
	manifest_fini(&manifest);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *json, *why;
	} cases[] = {
		{ "", NULL },
		{ "[]", NULL },
		{ "{}", "describes something else" },
		{ "{\"version\":1,\"label\":\"Bob\",\"tables\":{}}",
		    "original Goop2" },
		{ "{\"format\":\"goop2-peer\",\"version\":2}", "newer" },
		{ "{\"format\":\"goop2-site\",\"version\":1}", "else" },
		{ HEAD "\"files\":3}", NULL },
		{ HEAD "\"x\":1}", "files" },
		{ LIST(""), "goop.json or goop.yaml" },
		{ LIST(FILE_("site/a")), "goop.json or goop.yaml" },
		{ LIST(CONFIG "," FILE_("goop.yaml")), "goop.json or" },
		{ LIST(CONFIG "," CONFIG), "twice" },
		{ LIST(CONFIG "," FILE_("../x")),
		    "../x is not a file of a peer" },
		{ LIST(CONFIG "," FILE_("/etc/passwd")),
		    "/etc/passwd is not a file" },
		{ LIST(CONFIG "," FILE_("run/x")), "run/x is not a file" },
		{ LIST("{\"name\":\"goop.json\",\"size\":-1,\"sha256\":\"" SUM
		       "\"}"),
		    "size" },
		{ LIST("{\"name\":\"goop.json\",\"size\":1,\"sha256\":\"e3\"}"),
		    "SHA-256" },
		{ LIST("{\"name\":\"goop.json\",\"size\":1099511627776,"
		       "\"sha256\":\"" SUM "\"},{\"name\":\"data.db\","
		       "\"size\":1,\"sha256\":\"" SUM "\"}"),
		    "too large" },
	};
	struct manifest manifest;
	char *why;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (manifest_parse(bytes_of(cases[i].json), &manifest, &why) !=
		    -EBADMSG)
			fail_msg("%s was taken", cases[i].json);
		assert_non_null(why);
		if (cases[i].why != NULL && strstr(why, cases[i].why) == NULL)
			fail_msg("%s: got \"%s\", want \"%s\"", cases[i].json,
			    why, cases[i].why);
		free(why);
	}
}

/* A short text, and gigabytes once it is parsed. */
static void
test_too_many_values(void **state)
{
	enum { LEN = 8 * 1024 * 1024 };
	static char json[LEN + sizeof("{\"x\":[0]}")];
	struct manifest manifest;
	char *why;
	size_t i;

	(void)state;
	memcpy(json, "{\"x\":[", 6);
	for (i = 6; i < LEN; i++)
		json[i] = i % 2 == 0 ? '1' : ',';
	memcpy(json + LEN, "1]}", 3);
	assert_int_equal(
	    manifest_parse(bytes_of(json), &manifest, &why), -EBADMSG);
	assert_non_null(strstr(why, "too large"));
	free(why);
}

/* Sizes that add up to more than a number holds. */
static void
test_sum_saturates(void **state)
{
	struct manifest_file files[] = { { NULL, INT64_MAX, NULL },
		{ NULL, 1, NULL } };
	struct manifest manifest = { .files = { files, 2 } };

	(void)state;
	assert_int_equal(manifest_bytes(&manifest), INT64_MAX);
}

static void
test_bombs(void **state)
{
	static const struct {
		const char *name;
		int64_t bytes, zip;
		bool want;
	} cases[] = {
		{ "an empty peer", 0, 100, false },
		{ "small, whatever it is", 1000000000, 100, false },
		{ "large and honest", 10000000000, 5000000000, false },
		{ "large and compressible", 10000000000, 50000001, false },
		{ "a bomb", 10000000000, 10000000, true },
		{ "a bomb without a zip", INT64_MAX, 0, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (manifest_is_bomb(cases[i].bytes, cases[i].zip) !=
		    cases[i].want)
			fail_msg("%s: got %d", cases[i].name, !cases[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many_values),
		cmocka_unit_test(test_sum_saturates),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
