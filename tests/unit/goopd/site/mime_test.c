#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "goopd/site/mime.h"

/* clang-format off */
static const struct { const char *path, *want; } paths[] = {
	{ "index.html",     "text/html; charset=utf-8" },
	{ "a/b.CSS",        "text/css; charset=utf-8" },
	{ "app.mjs",        "text/javascript; charset=utf-8" },
	{ "data.json",      "application/json" },
	{ "x.wasm",         "application/wasm" },
	{ "x.woff2",        "font/woff2" },
	{ "film.mp4",       "video/mp4" },
	{ "film.webm",      "video/webm" },
	{ "sound.ogg",      "audio/ogg" },
	{ "sound.mp3",      "audio/mpeg" },
	{ "pic.svg",        "image/svg+xml" },
	{ "pic.avif",       "image/avif" },
	{ "favicon.ico",    "image/vnd.microsoft.icon" },
	{ "doc.pdf",        "application/pdf" },
	{ "a.tar.gz",       "application/gzip" },
	{ "README.md",      "text/markdown; charset=utf-8" },
	{ "noextension",    NULL },
	{ "a.html/b",       NULL },
	{ "x.unheardof",    NULL },
	{ "x.",             NULL },
	{ ".html",          NULL },
};

static const struct { const char *name, *in; size_t len; const char *want; } starts[] = {
	{ "PNG",      "\x89PNG\r\n\x1a\n....", 12, "image/png" },
	{ "short PNG", "\x89PNG", 4,           "application/octet-stream" },
	{ "JPEG",     "\xff\xd8\xff\xe0", 4,   "image/jpeg" },
	{ "WebP",     "RIFF....WEBPVP8 ", 16,  "image/webp" },
	{ "AVIF",     "\0\0\0 ftypavif", 12,   "image/avif" },
	{ "MP4",      "\0\0\0 ftypisom", 12,   "video/mp4" },
	{ "wasm",     "\0asm\1\0\0\0", 8,      "application/wasm" },
	{ "HTML",     " \n<!DOCTYPE html>", 17, "text/html; charset=utf-8" },
	{ "text",     "hello\n", 6,            "text/plain; charset=utf-8" },
	{ "UTF-8",    "h\xc3\xa9llo", 6,       "text/plain; charset=utf-8" },
	{ "Latin-1",  "h\xe9llo", 5,           "application/octet-stream" },
	{ "empty",    "", 0,                   "text/plain; charset=utf-8" },
	{ "NUL",      "a\0b", 3,               "application/octet-stream" },
};

static const struct { const char *type; bool want; } valid[] = {
	{ "text/html",                     true },
	{ "text/html; charset=utf-8",      true },
	{ "text/html;charset=utf-8",       true },
	{ "a/b; c=\"d e\"; f=g",           true },
	{ "image/svg+xml",                 true },
	{ "",                              false },
	{ "text",                          false },
	{ "text/",                         false },
	{ "/html",                         false },
	{ "text/html;",                    false },
	{ "text/html; charset",            false },
	{ "text/html; charset=",           false },
	{ "text/html\r\nX-Evil: 1",        false },
	{ "text/html; a=\"b",              false },
	{ "text/h\xc3\xa9",                false },
	{ "text /html",                    false },
};

static const struct { const char *type, *path, *want; } believed[] = {
	{ "image/png", "a.html",           "image/png" },
	{ "", "a.html",                    "text/html; charset=utf-8" },
	{ NULL, "a.css",                   "text/css; charset=utf-8" },
	{ "text/plain; charset=utf-8", "a.js", "text/javascript; charset=utf-8" },
	{ "application/octet-stream", "a.svg", "image/svg+xml" },
	{ "text/plain", "unknown",         "text/plain" },
	{ "non sense", "unknown",          "application/octet-stream" },
};
/* clang-format on */

static void
assert_type(const char *got, const char *want)
{
	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
}

static void
test_paths(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		print_message("case: %s\n", paths[i].path);
		assert_type(mime_of_path(paths[i].path), paths[i].want);
		if (paths[i].want != NULL)
			assert_true(mime_is_valid(paths[i].want));
	}
}

static void
test_starts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		print_message("case: %s\n", starts[i].name);
		assert_type(mime_sniff((struct bytes){
				(const uint8_t *)starts[i].in, starts[i].len }),
		    starts[i].want);
	}
}

/* A character that the window cuts in two is no reason against text. */
static void
test_cut_character(void **state)
{
	uint8_t window[MIME_SNIFF_SIZE];

	(void)state;
	memset(window, 'a', sizeof(window));
	window[MIME_SNIFF_SIZE - 1] = 0xc3;
	assert_type(mime_sniff((struct bytes){ window, sizeof(window) }),
	    "text/plain; charset=utf-8");
	assert_type(
	    mime_sniff((struct bytes){ window + 1, sizeof(window) - 1 }),
	    "application/octet-stream");
}

static void
test_valid(void **state)
{
	char longest[MIME_TYPE_MAX + 2];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(valid); i++) {
		print_message("case: %s\n", valid[i].type);
		assert_int_equal(mime_is_valid(valid[i].type), valid[i].want);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[1] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_false(mime_is_valid(longest));
	longest[sizeof(longest) - 2] = '\0';
	assert_true(mime_is_valid(longest));
}

static void
test_believed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(believed); i++) {
		print_message("case: %s\n", believed[i].path);
		assert_type(mime_believe(believed[i].type, believed[i].path),
		    believed[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_starts),
		cmocka_unit_test(test_cut_character),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
