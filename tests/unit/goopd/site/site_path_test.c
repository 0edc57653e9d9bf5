#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "goopd/site/site_path.h"

/* clang-format off */
#define IN(text) text, sizeof(text) - 1
static const struct {
	const char *name, *in;
	size_t len;
	int want;
	const char *text;
	bool is_directory;
} cases[] = {
	{ "root",                  IN("/"),            0, "", true },
	{ "empty",                 IN(""),             0, "", true },
	{ "file",                  IN("/a.html"),      0, "a.html", false },
	{ "without slash",         IN("a.html"),       0, "a.html", false },
	{ "below",                 IN("/a/b/c.css"),   0, "a/b/c.css", false },
	{ "directory",             IN("/a/"),          0, "a", true },
	{ "empty components",      IN("//a///b"),      0, "a/b", false },
	{ "dot components",        IN("/./a/./b"),     0, "a/b", false },
	{ "dot at the end",        IN("/a/."),         0, "a", true },
	{ "slashes at the end",    IN("/a//"),         0, "a", true },
	{ "absolute",              IN("//etc/passwd"), 0, "etc/passwd", false },
	{ "space",                 IN("/a b.html"),    0, "a b.html", false },
	{ "not ASCII",             IN("/\xc3\xa9.html"), 0, "\xc3\xa9.html", false },
	{ "percent stays",         IN("/%2e%2e/x"),    0, "%2e%2e/x", false },
	{ "question mark stays",   IN("/a?b"),         0, "a?b", false },
	{ "lua elsewhere",         IN("/a/lua/x"),     0, "a/lua/x", false },
	{ "longer than lua",       IN("/luau"),        0, "luau", false },
	{ "src elsewhere",         IN("/a/src/x.js"),  0, "a/src/x.js", false },
	{ "dots inside",           IN("/a..b"),        0, "a..b", false },
	{ "up",                    IN("/../x"),        SITE_PATH_FORBIDDEN, NULL, false },
	{ "up, relative",          IN("../x"),         SITE_PATH_FORBIDDEN, NULL, false },
	{ "up alone",              IN(".."),           SITE_PATH_FORBIDDEN, NULL, false },
	{ "up inside",             IN("/a/../b"),      SITE_PATH_FORBIDDEN, NULL, false },
	{ "up at the end",         IN("/a/.."),        SITE_PATH_FORBIDDEN, NULL, false },
	{ "three dots",            IN("/..."),         SITE_PATH_FORBIDDEN, NULL, false },
	{ "dotfile",               IN("/.env"),        SITE_PATH_FORBIDDEN, NULL, false },
	{ "dotfile below",         IN("/a/.git/config"), SITE_PATH_FORBIDDEN, NULL, false },
	{ "lua",                   IN("lua"),          SITE_PATH_FORBIDDEN, NULL, false },
	{ "lua script",            IN("/lua/s.lua"),   SITE_PATH_FORBIDDEN, NULL, false },
	{ "lua, two slashes",      IN("//lua/s.lua"),  SITE_PATH_FORBIDDEN, NULL, false },
	{ "lua, dot before",       IN("/./lua/s.lua"), SITE_PATH_FORBIDDEN, NULL, false },
	{ "lua by detour",         IN("/a/../lua/s.lua"), SITE_PATH_FORBIDDEN, NULL, false },
	{ "LUA",                   IN("/LUA/s.lua"),   SITE_PATH_FORBIDDEN, NULL, false },
	{ "Lua directory",         IN("/Lua/"),        SITE_PATH_FORBIDDEN, NULL, false },
	{ "lua, backslash",        IN("\\lua/s.lua"),  SITE_PATH_FORBIDDEN, NULL, false },
	{ "lua, slash backslash",  IN("\\/lua/s.lua"), SITE_PATH_FORBIDDEN, NULL, false },
	{ "up with backslash",     IN("/a\\..\\b"),    SITE_PATH_FORBIDDEN, NULL, false },
	{ "src",                   IN("/src/app.js"),  SITE_PATH_HIDDEN, NULL, false },
	{ "Stage",                 IN("/Stage"),       SITE_PATH_HIDDEN, NULL, false },
	{ "NUL",                   IN("/a\0b"),        SITE_PATH_BAD, NULL, false },
	{ "newline",               IN("/a\nb"),        SITE_PATH_BAD, NULL, false },
	{ "carriage return",       IN("/a\r"),         SITE_PATH_BAD, NULL, false },
	{ "delete",                IN("/a\x7f"),       SITE_PATH_BAD, NULL, false },
	{ "malformed UTF-8",       IN("/\xc3("),       SITE_PATH_BAD, NULL, false },
	{ "overlong dot",          IN("/\xc0\xae\xc0\xae/x"), SITE_PATH_BAD, NULL, false },
};
/* clang-format on */

static void
test_resolve(void **state)
{
	struct site_path path;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		rc = site_path_resolve(
		    (struct bytes){
			(const uint8_t *)cases[i].in, cases[i].len },
		    &path);
		assert_int_equal(rc, cases[i].want);
		if (rc != 0)
			continue;
		assert_string_equal(path.text, cases[i].text);
		assert_int_equal(path.is_directory, cases[i].is_directory);
	}
}

static void
test_longest(void **state)
{
	char in[SITE_PATH_MAX + 1];
	struct site_path path;

	(void)state;
	memset(in, 'a', sizeof(in));
	assert_int_equal(
	    site_path_resolve(
		(struct bytes){ (uint8_t *)in, SITE_PATH_MAX }, &path),
	    0);
	assert_int_equal(strlen(path.text), SITE_PATH_MAX);
	site_path_to_index(&path);
	assert_int_equal(
	    strlen(path.text), SITE_PATH_MAX + strlen("/index.html"));
	assert_int_equal(
	    site_path_resolve(
		(struct bytes){ (uint8_t *)in, SITE_PATH_MAX + 1 }, &path),
	    SITE_PATH_BAD);
}

static void
test_index(void **state)
{
	struct site_path path;

	(void)state;
	assert_int_equal(site_path_resolve(bytes_of("/"), &path), 0);
	site_path_to_index(&path);
	assert_string_equal(path.text, "index.html");
	assert_false(path.is_directory);
	assert_int_equal(site_path_resolve(bytes_of("/a/b/"), &path), 0);
	site_path_to_index(&path);
	assert_string_equal(path.text, "a/b/index.html");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
