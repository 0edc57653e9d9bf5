#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "goop-discoveryd/rendezvous/wan_proxy.h"

/* clang-format off */
static const struct row {
	const char *name, *url, *proxy, *exempt;
	int want;
	const char *host, *login;
	uint16_t port;
} cases[] = {
	{ "none",              "https://a.org", NULL,                     NULL, WAN_PROXY_NONE, "", "", 0 },
	{ "empty",             "https://a.org", "",                       NULL, WAN_PROXY_NONE, "", "", 0 },
	{ "one",               "https://a.org", "http://p:3128",          NULL, 0, "p", "", 3128 },
	{ "slash at the end",  "https://a.org", "http://p:3128/",         NULL, 0, "p", "", 3128 },
	{ "no scheme",         "https://a.org", "p:3128",                 NULL, 0, "p", "", 3128 },
	{ "no port",           "https://a.org", "http://p",               NULL, 0, "p", "", 80 },
	{ "IPv6",              "https://a.org", "http://[::1]:8",         NULL, 0, "::1", "", 8 },
	{ "login",             "https://a.org", "http://me:s%40x@p:1",    NULL, 0, "p", "me:s@x", 1 },
	{ "login with @",      "https://a.org", "http://me:s@x@p:1",      NULL, 0, "p", "me:s@x", 1 },
	{ "http has none",     "http://a.org",  "http://p:3128",          NULL, WAN_PROXY_NONE, "", "", 0 },
	{ "loopback",          "https://127.0.0.1", "http://p:3128",      NULL, WAN_PROXY_NONE, "", "", 0 },
	{ "loopback, IPv6",    "https://[::1]", "http://p:3128",          NULL, WAN_PROXY_NONE, "", "", 0 },
	{ "localhost",         "https://localhost", "http://p:3128",      NULL, WAN_PROXY_NONE, "", "", 0 },
	{ "not loopback",      "https://127.org", "http://p:3128",        NULL, 0, "p", "", 3128 },
	{ "other kind",        "https://a.org", "socks5://p:3128",        NULL, -EINVAL, "", "", 0 },
	{ "https to the proxy", "https://a.org", "https://p:3128",        NULL, -EINVAL, "", "", 0 },
	{ "bad escape",        "https://a.org", "http://me%4@p",          NULL, -EINVAL, "", "", 0 },
	{ "exempt all",        "https://a.org", "http://p:3128",          "*", WAN_PROXY_NONE, "", "", 0 },
	{ "exempt",            "https://a.org", "http://p:3128",          "x, a.org", WAN_PROXY_NONE, "", "", 0 },
	{ "exempt domain",     "https://b.a.org", "http://p:3128",        "a.org", WAN_PROXY_NONE, "", "", 0 },
	{ "exempt with dot",   "https://b.a.org", "http://p:3128",        ".A.org", WAN_PROXY_NONE, "", "", 0 },
	{ "exempt with port",  "https://a.org:8443", "http://p:3128",     "a.org:8443", WAN_PROXY_NONE, "", "", 0 },
	{ "another port",      "https://a.org", "http://p:3128",          "a.org:8443", 0, "p", "", 3128 },
	{ "not the domain",    "https://ba.org", "http://p:3128",         "a.org", 0, "p", "", 3128 },
	{ "exempt address",    "https://10.0.0.1", "http://p:3128",       "10.0.0.1", WAN_PROXY_NONE, "", "", 0 },
	{ "end of an address", "https://110.0.0.1", "http://p:3128",      "0.0.1", 0, "p", "", 3128 },
};
/* clang-format on */

static const struct row *row;

static const char *
environment(const char *name)
{
	if (strcmp(name, "https_proxy") == 0)
		return row->proxy;
	if (strcmp(name, "NO_PROXY") == 0) /* either case */
		return row->exempt;
	return NULL;
}

static void
test_cases(void **state)
{
	struct wan_proxy proxy;
	struct http_url url;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		row = &cases[i];
		assert_int_equal(http_url_parse(row->url, &url), 0);
		got = wan_proxy_find(environment, &url, &proxy);
		if (got != row->want ||
		    (got == 0 && (strcmp(proxy.url.host, row->host) != 0 ||
				     strcmp(proxy.login, row->login) != 0 ||
				     proxy.url.port != row->port)))
			fail_msg("%s: got %d", row->name, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
