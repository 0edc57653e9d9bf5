#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "goop-viewerd/access/visit_path.h"

#define BASE58 "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq"
#define BASE36 "k51qzi5uqu5dgy8qsq67hbz73jqkw87l3fgf4a91qb0d9b5173tir7n4vxk1oe"

/* clang-format off */
static const struct {
	const char *name, *in;
	int want;
	bool canonical;
	const char *rest, *path;
} cases[] = {
	{ "root",              "/p/" BASE58 "/",            0, true,  "/", "/" },
	{ "file",              "/p/" BASE58 "/a/b.html",    0, true,  "/a/b.html", "/a/b.html" },
	{ "escaped",           "/p/" BASE58 "/a%20b",       0, true,  "/a%20b", "/a b" },
	{ "two slashes",       "/p/" BASE58 "//a",          0, true,  "//a", "//a" },
	{ "no slash",          "/p/" BASE58,                0, false, "", "/" },
	{ "other spelling",    "/p/" BASE36 "/x",           0, false, "/x", "/x" },
	{ "escaped id",        "/p/%31" "2D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq/x", 0, false, "/x", "/x" },
	{ "nobody",            "/p/",                       VISIT_PATH_NO_PEER, false, NULL, NULL },
	{ "nobody's file",     "/p//x",                     VISIT_PATH_NO_PEER, false, NULL, NULL },
	{ "no id",             "/p/alice/x",                VISIT_PATH_NO_PEER, false, NULL, NULL },
	{ "long id",           "/p/" BASE58 BASE58 BASE58 "/", VISIT_PATH_NO_PEER, false, NULL, NULL },
	{ "up",                "/p/" BASE58 "/../x",        VISIT_PATH_BAD, false, NULL, NULL },
	{ "NUL",               "/p/" BASE58 "/a%00",        VISIT_PATH_BAD, false, NULL, NULL },
	{ "broken escape",     "/p/" BASE58 "/a%g0",        VISIT_PATH_BAD, false, NULL, NULL },
};
/* clang-format on */

static void
test_paths(void **state)
{
	struct visit_path path;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		got = visit_path_parse(bytes_of(cases[i].in), &path);
		if (got != cases[i].want)
			fail_msg("%s: got %d", cases[i].name, got);
		if (got != 0)
			continue;
		if (path.is_canonical != cases[i].canonical ||
		    !bytes_equal(path.rest, bytes_of(cases[i].rest)) ||
		    strcmp(path.path, cases[i].path) != 0 ||
		    strcmp(path.peer_text, BASE58) != 0)
			fail_msg("%s: \"%s\"", cases[i].name, path.path);
	}
}

static void
test_root(void **state)
{
	struct visit_path path;
	struct peer_id peer;

	(void)state;
	assert_int_equal(peer_id_parse(BASE58, &peer), 0);
	assert_int_equal(
	    visit_path_at_root(bytes_of("/a%20b/"), &peer, &path), 0);
	assert_true(path.at_root && path.is_canonical);
	assert_string_equal(path.path, "/a b/");
	assert_string_equal(path.peer_text, BASE58);
	/* no host of another's may come out of it */
	assert_int_equal(
	    visit_path_at_root(bytes_of("///evil.example/x"), &peer, &path), 0);
	assert_false(path.is_canonical);
	assert_true(bytes_equal(path.rest, bytes_of("/evil.example/x")));
	assert_int_equal(visit_path_at_root(bytes_of("/../x"), &peer, &path),
	    VISIT_PATH_BAD);
}

static void
test_names_peer(void **state)
{
	(void)state;
	assert_true(visit_path_names_peer(bytes_of("/p/" BASE58 "/")));
	assert_true(visit_path_names_peer(bytes_of("/p/" BASE36)));
	assert_false(visit_path_names_peer(bytes_of("/p/hello.html")));
	assert_false(visit_path_names_peer(bytes_of("/p/")));
	assert_false(visit_path_names_peer(bytes_of("/x")));
}

static void
test_longest(void **state)
{
	char raw[GOOP_PATH_MAX + 100] = "/p/" BASE58 "/";
	struct visit_path path;
	size_t head = strlen(raw);

	(void)state;
	memset(raw + head, 'a', GOOP_PATH_MAX - 1);
	assert_int_equal(visit_path_parse(bytes_of(raw), &path), 0);
	assert_int_equal(strlen(path.path), GOOP_PATH_MAX);
	raw[head + GOOP_PATH_MAX - 1] = 'a';
	assert_int_equal(
	    visit_path_parse(bytes_of(raw), &path), VISIT_PATH_BAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_names_peer),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
