#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "common/http/syntax/http_fetch.h"
#include "common/http/syntax/http_host.h"
#include "common/http/server/http_listen.h"

/* clang-format off */
static const struct {
	const char *name, *in;
	const char *host; /* NULL: refused */
	uint16_t port;
} hosts[] = {
	{ "name",              "localhost",            "localhost",    80 },
	{ "name and port",     "LocalHost:8080",       "localhost",    8080 },
	{ "IPv4",              "127.0.0.1:1",          "127.0.0.1",    1 },
	{ "IPv6",              "[::1]:8080",           "[::1]",        8080 },
	{ "IPv6 alone",        "[FE80::1]",            "[fe80::1]",    80 },
	{ "below localhost",   "k51q.localhost:65535", "k51q.localhost", 65535 },
	{ "empty",             "",                     NULL, 0 },
	{ "port alone",        ":8080",                NULL, 0 },
	{ "no port",           "localhost:",           NULL, 0 },
	{ "port zero",         "localhost:0",          NULL, 0 },
	{ "large port",        "localhost:65536",      NULL, 0 },
	{ "two ports",         "localhost:80:80",      NULL, 0 },
	{ "user",              "a@localhost:80",       NULL, 0 },
	{ "space",             "local host",           NULL, 0 },
	{ "path",              "localhost/a",          NULL, 0 },
	{ "bare IPv6",         "::1",                  NULL, 0 },
	{ "open bracket",      "[::1",                 NULL, 0 },
	{ "empty brackets",    "[]:80",                NULL, 0 },
	{ "zone",              "[fe80::1%25eth0]:80",  NULL, 0 },
	{ "not ASCII",         "b\xc3\xbc" "cher",     NULL, 0 },
};
static const struct {
	const char *name, *origin;
	bool want;
} origins[] = {
	{ "own",            "http://127.0.0.1:8080",  true },
	{ "other port",     "http://127.0.0.1:8081",  false },
	{ "no port",        "http://127.0.0.1",       false },
	{ "other scheme",   "https://127.0.0.1:8080", false },
	{ "other name",     "http://localhost:8080",  false },
	{ "null",           "null",                   false },
	{ "longer name",    "http://127.0.0.1:8080.evil.example", false },
	{ "with a slash",   "http://127.0.0.1:8080/", false },
	{ "empty",          "",                       false },
};
#define JSON "application/json"
static const struct {
	const char *name;
	struct http_fetch fetch;
	bool own, may_change;
} fetches[] = {
	{ "curl, empty post",     { .has_body = false }, true, true },
	{ "curl, form",           { .content_type = "application/x-www-form-urlencoded", .has_body = true }, true, false },
	{ "curl, empty form",     { .content_type = "text/plain" }, true, false },
	{ "curl, untyped body",   { .has_body = true }, true, false },
	{ "curl, json",           { .content_type = JSON, .has_body = true }, true, true },
	{ "json with charset",    { .content_type = JSON "; charset=utf-8", .has_body = true }, true, true },
	{ "nearly json",          { .content_type = JSON "p", .has_body = true }, true, false },
	{ "own page",             { .site = "same-origin", .origin = "http://127.0.0.1:8080", .content_type = JSON, .has_body = true }, true, true },
	{ "typed address",        { .site = "none", .mode = "navigate", .dest = "document" }, true, true },
	{ "cross-site page",      { .site = "cross-site", .origin = "https://evil.example", .content_type = JSON, .has_body = true }, false, false },
	{ "same-site page",       { .site = "same-site", .content_type = JSON }, false, false },
	{ "old browser, foreign", { .origin = "https://evil.example", .content_type = JSON, .has_body = true }, false, false },
	{ "sandboxed page",       { .site = "same-origin", .origin = "null", .content_type = JSON, .has_body = true }, false, false },
	{ "unknown relation",     { .site = "no-idea" }, false, false },
	{ "a site's page",        { .site = "cross-site", .origin = "http://k51q.localhost:8080", .content_type = JSON }, false, false },
};
static const struct {
	const char *in;
	bool want, loopback;
	uint16_t port;
} addresses[] = {
	{ "127.0.0.1:8080",  true,  true,  8080 },
	{ "localhost:0",     true,  true,  0 },
	{ ":9000",           true,  true,  9000 },
	{ "[::1]:8080",      true,  true,  8080 },
	{ "192.0.2.7:80",    true,  false, 80 },
	{ "0.0.0.0:80",      true,  false, 80 },
	{ "127.0.0.1",       false, false, 0 },
	{ "example.org:80",  false, false, 0 },
	{ "::1:80",          false, false, 0 },
	{ "127.0.0.1:65536", false, false, 0 },
	{ "127.0.0.1:x",     false, false, 0 },
	{ "",                false, false, 0 },
};
/* clang-format on */

static void
test_hosts(void **state)
{
	struct http_host host;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(hosts); i++) {
		rc = http_host_parse(hosts[i].in, &host);
		if ((rc == 0) != (hosts[i].host != NULL) ||
		    (rc == 0 && (strcmp(host.name, hosts[i].host) != 0 ||
				    host.port != hosts[i].port)))
			fail_msg("%s: got %d", hosts[i].name, rc);
	}
}

static void
test_long_host(void **state)
{
	char text[HTTP_HOST_NAME_SIZE + 1];
	struct http_host host;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[HTTP_HOST_NAME_SIZE] = '\0';
	assert_true(http_host_parse(text, &host) < 0);
	text[HTTP_HOST_NAME_SIZE - 1] = '\0';
	assert_int_equal(http_host_parse(text, &host), 0);
}

static void
test_origins(void **state)
{
	struct http_host own;
	size_t i;

	(void)state;
	assert_int_equal(http_host_parse("127.0.0.1:8080", &own), 0);
	for (i = 0; i < ARRAY_SIZE(origins); i++) {
		if (http_origin_is(origins[i].origin, &own) != origins[i].want)
			fail_msg("%s", origins[i].name);
	}
}

static void
test_fetches(void **state)
{
	struct http_host own;
	size_t i;

	(void)state;
	assert_int_equal(http_host_parse("127.0.0.1:8080", &own), 0);
	for (i = 0; i < ARRAY_SIZE(fetches); i++) {
		if (http_fetch_is_own(&fetches[i].fetch, &own) !=
			fetches[i].own ||
		    http_fetch_may_change(&fetches[i].fetch, &own) !=
			fetches[i].may_change)
			fail_msg("%s", fetches[i].name);
	}
}

static void
test_addresses(void **state)
{
	union http_address address;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		rc = http_address_parse(addresses[i].in, &address);
		if ((rc == 0) != addresses[i].want ||
		    (rc == 0 &&
			(http_address_port(&address) != addresses[i].port ||
			    http_address_is_loopback(&address) !=
				addresses[i].loopback)))
			fail_msg("\"%s\": got %d", addresses[i].in, rc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_long_host),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_fetches),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
