#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/http/syntax/server_address.h"

/* clang-format off */
static const struct {
	const char *name, *in;
	const char *text; /* what is kept; NULL: refused */
	const char *inviter;
} cases[] = {
	{ "a URL",            "http://a.example:8787",        "http://a.example:8787", "" },
	{ "a host alone",     "goop.example.org",             "https://goop.example.org", "" },
	{ "host and port",    "goop.example.org:8443",        "https://goop.example.org:8443", "" },
	{ "white space",      " \t https://a.example \r\n",   "https://a.example", "" },
	{ "scheme of any case", "HTTPS://a.example/",         "HTTPS://a.example/", "" },
	{ "login",            "https://me:x@a.example",       "https://me:x@a.example", "" },
	{ "international",    "b\u00fccher.example",          "https://b\u00fccher.example", "" },
	{ "zone",             "http://[fe80::1%25eth0]:8787", "http://[fe80::1%25eth0]:8787", "" },
	{ "invitation",       "https://a.example/join#12D3KooWA", "https://a.example", "12D3KooWA" },
	{ "under a path",     "a.example/goop/join#k51q",     "https://a.example/goop", "k51q" },
	{ "page of joining",  "https://a.example/join",       "https://a.example/join", "" },
	{ "another page",     "https://a.example/docs#x",     NULL, "" },
	{ "invites nobody",   "https://a.example/join#",      NULL, "" },
	{ "invites markup",   "https://a.example/join#<b>",   NULL, "" },
	{ "fragment alone",   "#12D3KooWA",                   NULL, "" },
	{ "empty",            "",                             NULL, "" },
	{ "blank",            " \n",                          NULL, "" },
	{ "words",            "my server",                    NULL, "" },
	{ "two servers",      "a.example, b.example",         NULL, "" },
	{ "another scheme",   "ftp://a.example",              NULL, "" },
	{ "script",           "javascript:alert(1)",          NULL, "" },
	{ "bad port",         "a.example:99999",              NULL, "" },
};
/* clang-format on */

static void
test_cases(void **state)
{
	struct server_address address;
	const char *wrong;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		wrong = server_address_parse(cases[i].in, &address);
		if ((wrong == NULL) != (cases[i].text != NULL))
			fail_msg("%s: %s", cases[i].name,
			    wrong != NULL ? wrong : "taken");
		if (wrong != NULL)
			continue;
		if (strcmp(address.text, cases[i].text) != 0 ||
		    strcmp(address.inviter, cases[i].inviter) != 0)
			fail_msg("%s: %s, %s", cases[i].name, address.text,
			    address.inviter);
	}
}

static void
test_too_long(void **state)
{
	char text[4096];
	struct server_address address;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(
	    server_address_parse(text, &address), "is too long");
}

static void
test_equal(void **state)
{
	(void)state;
	assert_true(
	    server_address_equal("https://A.example:443/", "a.example"));
	assert_false(server_address_equal("http://a.example", "a.example"));
	assert_false(server_address_equal("", ""));
}

/* What is shown as an invitation is taken as one. */
static void
test_invite(void **state)
{
	struct server_address address;
	char link[SERVER_ADDRESS_TEXT_SIZE];

	(void)state;
	assert_null(server_address_parse("a.example/goop", &address));
	server_address_invite(&address.url, "12D3KooWA", link);
	assert_string_equal(link, "https://a.example/goop/join#12D3KooWA");
	assert_null(server_address_parse(link, &address));
	assert_string_equal(address.text, "https://a.example/goop");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_invite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
