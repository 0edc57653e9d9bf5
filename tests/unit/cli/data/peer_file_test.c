#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cli/data/peer_file.h"
#include "common/base/array.h"
#include "common/base/xalloc.h"

static void
test_names(void **state)
{
	static const struct {
		const char *name;
		bool want;
	} cases[] = {
		{ "goop.json", true },
		{ "goop.yaml", true },
		{ "data.db", true },
		{ "data/identity.key", true },
		{ "site/index.html", true },
		{ "site/a b/\xc3\xbc.txt", true },
		{ "site/.well-known/x", true },
		{ "site/..x", true },
		{ "schemas/guestbook.json", true },
		{ "", false },
		{ "site", false },
		{ "site/", false },
		{ "/site/x", false },
		{ "/etc/passwd", false },
		{ "../x", false },
		{ "site/../goop.json", false },
		{ "site/..", false },
		{ "site/./x", false },
		{ "site//x", false },
		{ "site/x/", false },
		{ "site\\x", false },
		{ "site/a\\b", false },
		{ "site/a\nb", false },
		{ "site/\x1b[31m", false },
		{ "site/\xe2\x80\xaegpj.exe", false },
		{ "site/\xff", false },
		{ "sitex/y", false },
		{ "data/identity.key/x", false },
		{ "data/other.key", false },
		{ "data.db-wal", false },
		{ "run/goopd.rpc", false },
		{ "cache/peers.json", false },
		{ "goop2.lock", false },
		{ "lua/x.lua", false },
		{ "manifest.json", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (peer_file_is_name(cases[i].name) != cases[i].want)
			fail_msg("%s: got %d", cases[i].name, !cases[i].want);
}

static void
test_long_and_deep_names(void **state)
{
	char name[PEER_FILE_NAME_MAX + 2] = "site/";
	unsigned int depth;

	(void)state;
	memset(name + 5, 'a', PEER_FILE_PART_MAX);
	assert_true(peer_file_is_name(name));
	name[5 + PEER_FILE_PART_MAX] = 'a';
	assert_false(peer_file_is_name(name));

	memset(name + 5, 0, sizeof(name) - 5);
	for (depth = 1; depth < PEER_FILE_DEPTH_MAX; depth++)
		memcpy(name + 5 + 2 * (depth - 1), "a/", 2);
	name[strlen(name) - 1] = '\0';
	assert_true(peer_file_is_name(name));
	memcpy(name + strlen(name), "/a", 2);
	assert_false(peer_file_is_name(name));

	for (depth = 0; depth < PEER_FILE_NAME_MAX + 1; depth++)
		name[depth] = depth % 100 == 4 ? '/' : "site"[depth % 4];
	assert_false(peer_file_is_name(name));
	name[PEER_FILE_NAME_MAX] = '\0';
	assert_true(peer_file_is_name(name));
}

static void
test_places(void **state)
{
	static const struct {
		const char *path;
		bool want;
	} cases[] = {
		{ "site", true },
		{ "www/public", true },
		{ "data/identity.key", true },
		{ "my.key", true },
		{ "/srv/www", false },
		{ "../site", false },
		{ ".", false },
		{ "goop.json", false },
		{ "run", false },
		{ "cache/site", false },
		{ "schemas", false },
		{ "data.db", false },
		{ "goop2.lock", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if ((peer_file_check_place(cases[i].path) == NULL) !=
		    cases[i].want)
			fail_msg("%s: got %d", cases[i].path, !cases[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_and_deep_names),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
