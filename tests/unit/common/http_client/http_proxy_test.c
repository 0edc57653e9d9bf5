#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/http_client/http_proxy.h"

/* clang-format off */
static const struct row {
	const char *name, *url, *proxy, *exempt;
	int want;
	const char *host, *login;
	uint16_t port;
} cases[] = {
	{ "none",              "https://a.org", NULL,                     NULL, HTTP_PROXY_NONE, "", "", 0 },
	{ "empty",             "https://a.org", "",                       NULL, HTTP_PROXY_NONE, "", "", 0 },
	{ "one",               "https://a.org", "http://p:3128",          NULL, 0, "p", "", 3128 },
	{ "slash at the end",  "https://a.org", "http://p:3128/",         NULL, 0, "p", "", 3128 },
	{ "no scheme",         "https://a.org", "p:3128",                 NULL, 0, "p", "", 3128 },
	{ "no port",           "https://a.org", "http://p",               NULL, 0, "p", "", 80 },
	{ "IPv6",              "https://a.org", "http://[::1]:8",         NULL, 0, "::1", "", 8 },
	{ "login",             "https://a.org", "http://me:s%40x@p:1",    NULL, 0, "p", "me:s%40x", 1 },
	{ "login with @",      "https://a.org", "http://me:s@x@p:1",      NULL, 0, "p", "me:s@x", 1 },
	{ "another scheme's",  "http://a.org",  "http://p:3128",          NULL, HTTP_PROXY_NONE, "", "", 0 },
	{ "loopback",          "https://127.0.0.1", "http://p:3128",      NULL, HTTP_PROXY_NONE, "", "", 0 },
	{ "loopback, IPv6",    "https://[::1]", "http://p:3128",          NULL, HTTP_PROXY_NONE, "", "", 0 },
	{ "localhost",         "https://localhost", "http://p:3128",      NULL, HTTP_PROXY_NONE, "", "", 0 },
	{ "not loopback",      "https://127.org", "http://p:3128",        NULL, 0, "p", "", 3128 },
	{ "other kind",        "https://a.org", "socks5://p:3128",        NULL, -EINVAL, "", "", 0 },
	{ "https to the proxy", "https://a.org", "https://p:3128",        NULL, -EINVAL, "", "", 0 },
	{ "bad port",          "https://a.org", "http://p:99999",         NULL, -EINVAL, "", "", 0 },
	{ "exempt all",        "https://a.org", "http://p:3128",          "*", HTTP_PROXY_NONE, "", "", 0 },
	{ "exempt",            "https://a.org", "http://p:3128",          "x, a.org", HTTP_PROXY_NONE, "", "", 0 },
	{ "exempt domain",     "https://b.a.org", "http://p:3128",        "a.org", HTTP_PROXY_NONE, "", "", 0 },
	{ "exempt with dot",   "https://b.a.org", "http://p:3128",        ".A.org", HTTP_PROXY_NONE, "", "", 0 },
	{ "exempt with port",  "https://a.org:8443", "http://p:3128",     "a.org:8443", HTTP_PROXY_NONE, "", "", 0 },
	{ "another port",      "https://a.org", "http://p:3128",          "a.org:8443", 0, "p", "", 3128 },
	{ "not the domain",    "https://ba.org", "http://p:3128",         "a.org", 0, "p", "", 3128 },
	{ "exempt address",    "https://10.0.0.1", "http://p:3128",       "10.0.0.1", HTTP_PROXY_NONE, "", "", 0 },
	{ "end of an address", "https://110.0.0.1", "http://p:3128",      "0.0.1", 0, "p", "", 3128 },
	{ "exempt network",    "https://10.1.2.3", "http://p:3128",       "10.0.0.0/8", HTTP_PROXY_NONE, "", "", 0 },
	{ "odd prefix",        "https://10.1.2.3", "http://p:3128",       "10.1.2.2/31", HTTP_PROXY_NONE, "", "", 0 },
	{ "not the network",   "https://10.1.2.4", "http://p:3128",       "10.1.2.2/31", 0, "p", "", 3128 },
	{ "whole network",     "https://10.1.2.4", "http://p:3128",       "0.0.0.0/0", HTTP_PROXY_NONE, "", "", 0 },
	{ "prefix too long",   "https://10.1.2.4", "http://p:3128",       "10.1.2.4/33", 0, "p", "", 3128 },
	{ "prefix no number",  "https://10.1.2.4", "http://p:3128",       "10.1.2.4/x", 0, "p", "", 3128 },
	{ "IPv6 network",      "https://[fd00::1]", "http://p:3128",      "fd00::/8", HTTP_PROXY_NONE, "", "", 0 },
	{ "IPv6 in brackets",  "https://[fd00::1]:8443", "http://p:3128", "[fd00::1]:8443", HTTP_PROXY_NONE, "", "", 0 },
	{ "IPv6, other port",  "https://[fd00::1]", "http://p:3128",      "[fd00::1]:8443", 0, "p", "", 3128 },
	{ "network and port",  "https://10.1.2.3", "http://p:3128",       "10.0.0.0/8:443", HTTP_PROXY_NONE, "", "", 0 },
	{ "of a name",         "https://a.org", "http://p:3128",          "10.0.0.0/8", 0, "p", "", 3128 },
};

/* Which variable counts. */
static const struct {
	const char *name, *url;
	const char *http, *https, *upper_http, *upper_https, *all;
	const char *want; /* NULL: none */
} variables[] = {
	{ "http",            "http://a.org",  "p1", "p2", NULL, NULL, "p5", "p1" },
	{ "https",           "https://a.org", "p1", "p2", NULL, "p4", "p5", "p2" },
	{ "upper case",      "https://a.org", "p1", NULL, NULL, "p4", "p5", "p4" },
	{ "set by a request", "http://a.org", NULL, "p2", "p3", NULL, NULL, NULL },
	{ "all, http",       "http://a.org",  NULL, "p2", NULL, NULL, "p5", "p5" },
	{ "all, https",      "https://a.org", "p1", NULL, NULL, NULL, "p5", "p5" },
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

static size_t variable;

static const char *
variable_environment(const char *name)
{
	if (strcmp(name, "http_proxy") == 0)
		return variables[variable].http;
	if (strcmp(name, "HTTP_PROXY") == 0)
		return variables[variable].upper_http;
	if (strcmp(name, "https_proxy") == 0)
		return variables[variable].https;
	if (strcmp(name, "HTTPS_PROXY") == 0)
		return variables[variable].upper_https;
	return strcmp(name, "ALL_PROXY") == 0 ? variables[variable].all : NULL;
}

static void
test_variables(void **state)
{
	struct http_url proxy, url;
	const char *want;
	int got;

	(void)state;
	for (variable = 0; variable < ARRAY_SIZE(variables); variable++) {
		want = variables[variable].want;
		assert_int_equal(
		    http_url_parse(variables[variable].url, &url), 0);
		got = http_proxy_find(variable_environment, &url, &proxy);
		if (got != (want != NULL ? 0 : HTTP_PROXY_NONE) ||
		    (want != NULL && strcmp(proxy.host, want) != 0))
			fail_msg("%s: got %d", variables[variable].name, got);
	}
}

static void
test_cases(void **state)
{
	struct http_url proxy, url;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		row = &cases[i];
		assert_int_equal(http_url_parse(row->url, &url), 0);
		got = http_proxy_find(environment, &url, &proxy);
		if (got != row->want ||
		    (got == 0 && (strcmp(proxy.host, row->host) != 0 ||
				     strcmp(proxy.login, row->login) != 0 ||
				     proxy.port != row->port)))
			fail_msg("%s: got %d", row->name, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
