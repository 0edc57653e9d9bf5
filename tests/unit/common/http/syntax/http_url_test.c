#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/http/syntax/http_url.h"

/* clang-format off */
static const struct {
	const char *name, *in;
	const char *want; /* in normal form; NULL: refused */
	uint16_t port;
} cases[] = {
	{ "plain",              "http://example.org",            "http://example.org", 80 },
	{ "secure",             "https://example.org/",          "https://example.org", 443 },
	{ "letters of any case", "HTTPS://Example.ORG",          "https://example.org", 443 },
	{ "port",               "http://192.168.1.50:8787",      "http://192.168.1.50:8787", 8787 },
	{ "the scheme's port",  "https://a:443",                 "https://a", 443 },
	{ "the other's port",   "https://a:80",                  "https://a:80", 80 },
	{ "empty port",         "http://a:/",                    "http://a", 80 },
	{ "base path",          "http://a/goop/",                "http://a/goop", 80 },
	{ "many slashes",       "http://a/goop///",              "http://a/goop", 80 },
	{ "IPv6",               "http://[::1]:8787/x",           "http://[::1]:8787/x", 8787 },
	{ "IPv6, no port",      "http://[2001:DB8::1]",          "http://[2001:db8::1]", 80 },
	{ "underscore",         "http://my_box:1",               "http://my_box:1", 1 },
	{ "empty",              "",                              NULL, 0 },
	{ "no scheme",          "example.org:8787",              NULL, 0 },
	{ "another scheme",     "ftp://example.org",             NULL, 0 },
	{ "no host",            "http://",                       NULL, 0 },
	{ "no host but port",   "http://:80",                    NULL, 0 },
	{ "user name",          "http://me@example.org",         "http://example.org", 80 },
	{ "user and password",  "http://me:secret@example.org:8", "http://example.org:8", 8 },
	{ "password with @",    "http://me:s@x@[::1]",           "http://[::1]", 80 },
	{ "international name", "https://B\u00fccher.example",   "https://b\u00fccher.example", 443 },
	{ "not UTF-8",          "https://b\xfc" "cher.example",   NULL, 0 },
	{ "zone",               "http://[FE80::1%25eth0]:8787",  "http://[fe80::1%25eth0]:8787", 8787 },
	{ "zone as people write", "http://[fe80::1%Wlan0]",      "http://[fe80::1%25Wlan0]", 80 },
	{ "zone of no use",     "http://[2001:db8::1%25eth0]",   NULL, 0 },
	{ "link-local without", "http://[fe80::1]",              NULL, 0 },
	{ "empty zone",         "http://[fe80::1%25]",           "http://[fe80::1%2525]", 80 },
	{ "no zone",            "http://[fe80::1%]",             NULL, 0 },
	{ "zone too long",      "http://[fe80::1%12345678901234567]", NULL, 0 },
	{ "space around",       " \thttp://a:8787 \n",           "http://a:8787", 8787 },
	{ "two servers",        "http://a,http://b",             NULL, 0 },
	{ "port 0",             "http://a:0",                    NULL, 0 },
	{ "port too large",     "http://a:65536",                NULL, 0 },
	{ "port no number",     "http://a:80x",                  NULL, 0 },
	{ "query",              "http://a/?x=1",                 NULL, 0 },
	{ "fragment",           "http://a/#x",                   NULL, 0 },
	{ "space",              "http://a /b",                   NULL, 0 },
	{ "space in path",      "http://a/b c",                  NULL, 0 },
	{ "line end",           "http://a/b\r\nX: y",            NULL, 0 },
	{ "line end in host",   "http://a\r\nX: y",              NULL, 0 },
	{ "any address",        "http://0.0.0.0:8787",           NULL, 0 },
	{ "any address, IPv6",  "http://[::]:8787",              NULL, 0 },
	{ "half an address",    "http://127.1",                  NULL, 0 },
	{ "a number",           "http://2130706433",             NULL, 0 },
	{ "not IPv6",           "http://[zz]",                   NULL, 0 },
	{ "open bracket",       "http://[::1",                   NULL, 0 },
	{ "behind the bracket", "http://[::1]x",                 NULL, 0 },
	{ "dots",               "http://a..b",                   NULL, 0 },
};

/* Why one is refused */
static const struct { const char *in, *want; } reasons[] = {
	{ "http://example.org", NULL },
	{ "a.org", "must start with http:// or https://" },
	{ "http://a b", "has white space in it" },
	{ "http://a,b", "has a comma in it: only one server can be named" },
	{ "http://a:99999", "has a port in it that is not a number from 1 to 65535" },
	{ "http://", "has no host in it" },
	{ "http://a/?x", "must end before the '?' or '#'" },
	{ "http://[fe80::1]", "needs a network interface for a link-local address, and for no other: http://[fe80::1%25eth0]" },
	{ "http://0.0.0.0", "has an address in it that stands for any" },
};

static const struct {
	const char *name, *url, *path, *location;
	const char *want;
} redirects[] = {
	{ "to https",      "http://a/b",    "/ws",     "https://a/b/ws",          "https://a/b" },
	{ "with query",    "http://a",      "/events", "https://a/events?mode=d", "https://a" },
	{ "path alone",    "http://a:81",   "/ws",     "/new/ws",                 "http://a:81/new" },
	{ "the same path", "http://a/old",  "/ws",     "/ws",                     "http://a" },
	{ "no scheme",     "https://a",     "/ws",     "//b:82/c/ws",             "https://b:82/c" },
	{ "elsewhere",     "http://a",      "/ws",     "https://a/login",         NULL },
	{ "relative",      "http://a",      "/ws",     "x/ws",                    NULL },
	{ "empty",         "http://a",      "/ws",     "",                        NULL },
	{ "user name",     "http://a",      "/ws",     "http://x@a/ws",           NULL },
	{ "script",        "http://a",      "/ws",     "javascript:x/ws",         NULL },
	{ "a comma",       "http://a",      "/ws",     "/b,c/ws",                 NULL },
};
/* clang-format on */

static void
test_parse(void **state)
{
	char text[HTTP_URL_TEXT_SIZE];
	struct http_url url;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		got = http_url_parse(cases[i].in, &url);
		if (got != (cases[i].want != NULL ? 0 : -EINVAL))
			fail_msg("%s: got %d", cases[i].name, got);
		if (got < 0)
			continue;
		http_url_print(&url, text);
		if (strcmp(text, cases[i].want) != 0 ||
		    url.port != cases[i].port)
			fail_msg("%s: got %s, port %u", cases[i].name, text,
			    (unsigned int)url.port);
	}
}

static void
test_explain(void **state)
{
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		got = http_url_explain(reasons[i].in);
		if ((got == NULL) != (reasons[i].want == NULL) ||
		    (got != NULL && strcmp(got, reasons[i].want) != 0))
			fail_msg("%s: got %s", reasons[i].in,
			    got != NULL ? got : "no reason");
	}
}

static void
test_redirect(void **state)
{
	char text[HTTP_URL_TEXT_SIZE];
	struct http_url url, next;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(redirects); i++) {
		assert_int_equal(http_url_parse(redirects[i].url, &url), 0);
		got = http_url_redirect(
		    &url, redirects[i].path, redirects[i].location, &next);
		if (got != (redirects[i].want != NULL ? 0 : -EINVAL))
			fail_msg("%s: got %d", redirects[i].name, got);
		if (got < 0)
			continue;
		http_url_print(&next, text);
		if (strcmp(text, redirects[i].want) != 0)
			fail_msg("%s: got %s", redirects[i].name, text);
	}
}

static void
test_too_long(void **state)
{
	char text[2048] = "http://";
	struct http_url url;

	(void)state;
	memset(text + 7, 'a', 300);
	assert_int_equal(http_url_parse(text, &url), -EINVAL);
	text[8] = '/';
	assert_int_equal(http_url_parse(text, &url), -EINVAL);
	text[200] = '\0';
	assert_int_equal(http_url_parse(text, &url), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
