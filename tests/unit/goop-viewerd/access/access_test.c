#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "goop-viewerd/access/access.h"

/* A peer of the vectors, in both spellings. */
#define BASE58 "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq"
#define BASE36 "k51qzi5uqu5dgy8qsq67hbz73jqkw87l3fgf4a91qb0d9b5173tir7n4vxk1oe"

static const struct access_names names = { .port = 8080,
	.configured = { "192.0.2.7", 8080 } };

/* clang-format off */
static const struct {
	const char *name, *host;
	enum access_realm realm;
	bool has_site_origins;
} hosts[] = {
	{ "address",          "127.0.0.1:8080",   ACCESS_OWNER, true },
	{ "name",             "localhost:8080",   ACCESS_OWNER, true },
	{ "IPv6",             "[::1]:8080",       ACCESS_OWNER, true },
	{ "configured",       "192.0.2.7:8080",   ACCESS_OWNER, false },
	{ "site",             BASE36 ".localhost:8080", ACCESS_SITE, false },
	{ "site in capitals", "K51QZI5UQU5DGY8QSQ67HBZ73JQKW87L3FGF4A91QB0D9B5173TIR7N4VXK1OE.LocalHost:8080", ACCESS_SITE, false },
	{ "no header",        NULL,               ACCESS_FOREIGN, false },
	{ "rebound name",     "evil.example:8080", ACCESS_FOREIGN, false },
	{ "no port",          "127.0.0.1",        ACCESS_FOREIGN, false },
	{ "other port",       "127.0.0.1:8081",   ACCESS_FOREIGN, false },
	{ "other loopback",   "127.0.0.2:8080",   ACCESS_FOREIGN, false },
	{ "number",           "2130706433:8080",  ACCESS_FOREIGN, false },
	{ "root dot",         "localhost.:8080",  ACCESS_FOREIGN, false },
	{ "base58 site",      BASE58 ".localhost:8080", ACCESS_FOREIGN, false },
	{ "below a site",     "a." BASE36 ".localhost:8080", ACCESS_FOREIGN, false },
	{ "no id",            "foo.localhost:8080", ACCESS_FOREIGN, false },
	{ "empty id",         ".localhost:8080",  ACCESS_FOREIGN, false },
	{ "site elsewhere",   BASE36 ".example:8080", ACCESS_FOREIGN, false },
	{ "longer ending",    BASE36 ".localhost.evil.example:8080", ACCESS_FOREIGN, false },
};

#define OWN "http://127.0.0.1:8080"
#define JSON "application/json"
#define GET HTTP_METHOD_GET
#define POST HTTP_METHOD_POST
static const struct {
	const char *name;
	struct http_fetch fetch;
	enum http_method method;
	const char *path;
	bool worker;
	enum access_verdict want;
} requests[] = {
	{ "curl reads",          { 0 }, GET, "/api/peers", false, ACCESS_GRANTED },
	{ "curl posts",          { .content_type = JSON, .has_body = true }, POST, "/api/settings/quick", false, ACCESS_GRANTED },
	{ "own page reads",      { .site = "same-origin", .mode = "cors", .dest = "empty" }, GET, "/api/peers", false, ACCESS_GRANTED },
	{ "own page posts",      { .site = "same-origin", .origin = OWN, .content_type = JSON, .has_body = true }, POST, "/api/settings/quick", false, ACCESS_GRANTED },
	{ "typed",               { .site = "none", .mode = "navigate", .dest = "document" }, GET, "/api/self", false, ACCESS_GRANTED },
	{ "link from elsewhere", { .site = "cross-site", .mode = "navigate", .dest = "document" }, GET, "/peers", false, ACCESS_GRANTED },
	{ "link to a site",      { .site = "cross-site", .mode = "navigate", .dest = "document" }, GET, "/p/x/", false, ACCESS_GRANTED },
	{ "link to the API",     { .site = "cross-site", .mode = "navigate", .dest = "document" }, GET, "/api/self", false, ACCESS_CROSS_SITE },
	{ "frame",               { .site = "cross-site", .mode = "navigate", .dest = "iframe" }, GET, "/peers", false, ACCESS_CROSS_SITE },
	{ "image",               { .site = "cross-site", .mode = "no-cors", .dest = "image" }, GET, "/p/x/a.png", false, ACCESS_CROSS_SITE },
	{ "foreign fetch",       { .site = "cross-site", .mode = "cors", .dest = "empty", .origin = "https://evil.example" }, GET, "/api/peers", false, ACCESS_CROSS_SITE },
	{ "foreign form",        { .site = "cross-site", .mode = "navigate", .dest = "document", .origin = "https://evil.example", .content_type = "text/plain", .has_body = true }, POST, "/api/settings/quick", false, ACCESS_CROSS_SITE },
	{ "a site's page",       { .site = "cross-site", .mode = "cors", .dest = "empty", .origin = "http://" BASE36 ".localhost:8080" }, GET, "/api/self", false, ACCESS_CROSS_SITE },
	{ "own, not JSON",       { .site = "same-origin", .origin = OWN, .content_type = "text/plain", .has_body = true }, POST, "/api/settings/quick", false, ACCESS_NOT_JSON },
	{ "service worker",      { .site = "same-origin", .dest = "serviceworker" }, GET, "/sw.js", true, ACCESS_SERVICE_WORKER },
};

static const struct {
	const char *name;
	bool has_site_origins;
	struct http_fetch fetch;
	enum access_manner want;
} manners[] = {
	{ "curl",            true,  { 0 }, ACCESS_SANDBOXED },
	{ "visit",           true,  { .site = "none", .mode = "navigate", .dest = "document" }, ACCESS_REDIRECT },
	{ "visit from afar", false, { .site = "none", .mode = "navigate", .dest = "document" }, ACCESS_SANDBOXED },
	{ "frame",           true,  { .site = "same-origin", .mode = "navigate", .dest = "iframe" }, ACCESS_REFUSED },
	{ "image",           true,  { .site = "same-origin", .mode = "no-cors", .dest = "image" }, ACCESS_REFUSED },
	{ "script",          true,  { .site = "same-origin", .mode = "cors", .dest = "script" }, ACCESS_REFUSED },
	{ "half told",       true,  { .site = "none" }, ACCESS_REFUSED },
};

/* What is at the origin of the peer above. The other one is nobody's. */
#define OTHER "12D3KooWPqT2nMDSiXUSx5D7fasaxhxKigVhcqfkKqrLghCq9jxz"
static const struct {
	const char *path;
	enum access_place want;
} places[] = {
	{ "/",                                    ACCESS_ROOT },
	{ "/p/" BASE58 "/",                       ACCESS_FILE },
	{ "/p/" OTHER,                            ACCESS_FILE },
	{ "/p/hello.html",                        ACCESS_ROOT },
	{ "/style.css",                           ACCESS_ROOT },
	{ "/api/self",                            ACCESS_SELF },
	{ "/sdk/goop-data.js",                    ACCESS_SDK },
	{ "/api/p/" BASE58 "/data/find",          ACCESS_DATA },
	{ "/api/p/" BASE36 "/data/find",          ACCESS_DATA },
	{ "/api/p/" BASE58 "/data/events",        ACCESS_DATA },
	{ "/api/p/" OTHER "/data/find",           ACCESS_NOWHERE },
	{ "/api/p/" OTHER "/data/tables",         ACCESS_NOWHERE },
	{ "/api/p/" BASE58 "/../" OTHER "/data/find", ACCESS_ROOT },
	{ "/api/p/" BASE58 "/data",               ACCESS_ROOT },
	{ "/api/p/" BASE58 "/database/find",      ACCESS_ROOT },
	{ "/api/p/" BASE58 "%2f/data/find",       ACCESS_NOWHERE },
	{ "/api/p/x/data/find",                   ACCESS_NOWHERE },
	{ "/api/p//data/find",                    ACCESS_NOWHERE },
	{ "/api/data/find",                       ACCESS_NOWHERE },
	{ "/api/data/tables",                     ACCESS_NOWHERE },
	{ "/api/data/export",                     ACCESS_NOWHERE },
	{ "/api/data/events",                     ACCESS_NOWHERE },
	{ "/api/self/",                           ACCESS_ROOT },
	{ "/api/peers",                           ACCESS_ROOT },
	{ "/api/peers/events",                    ACCESS_ROOT },
	{ "/api/settings/quick",                  ACCESS_ROOT },
	{ "/api/logs",                            ACCESS_ROOT },
	{ "/data",                                ACCESS_ROOT },
	{ "/peers",                               ACCESS_ROOT },
	{ "/assets/viewer.css",                   ACCESS_ROOT },
	{ "/sdk",                                 ACCESS_ROOT },
	{ "/API/p/" BASE58 "/data/find",          ACCESS_ROOT },
	{ "//api/p/" BASE58 "/data/find",         ACCESS_ROOT },
};

/* What asks for the data of a site, at its origin. */
#define SITE "http://" BASE36 ".localhost:8080"
#define OTHER_SITE "http://k51qzi5uqu5dh9ihj4p2v5sl3hxvv27ryx2w0xrsv6jmmqi91t9xp8p97kaipc.localhost:8080"
#define DATA "/api/p/" BASE58 "/data/insert"
static const struct {
	const char *name;
	struct http_fetch fetch;
	enum http_method method;
	enum access_verdict want;
} site_requests[] = {
	{ "its page posts",       { .site = "same-origin", .origin = SITE, .content_type = JSON, .has_body = true }, POST, ACCESS_GRANTED },
	{ "its page reads",       { .site = "same-origin", .mode = "cors", .dest = "empty" }, GET, ACCESS_GRANTED },
	{ "curl posts",           { .content_type = JSON, .has_body = true }, POST, ACCESS_GRANTED },
	{ "its form",             { .site = "same-origin", .origin = SITE, .content_type = "application/x-www-form-urlencoded", .has_body = true }, POST, ACCESS_NOT_JSON },
	{ "no type",              { .site = "same-origin", .origin = SITE, .has_body = true }, POST, ACCESS_NOT_JSON },
	{ "the owner's page",     { .site = "cross-site", .origin = OWN, .content_type = JSON, .has_body = true }, POST, ACCESS_CROSS_SITE },
	{ "another site's page",  { .site = "cross-site", .origin = OTHER_SITE, .content_type = JSON, .has_body = true }, POST, ACCESS_CROSS_SITE },
	{ "another, half told",   { .origin = OTHER_SITE, .content_type = JSON, .has_body = true }, POST, ACCESS_CROSS_SITE },
	{ "a sandboxed frame",    { .site = "cross-site", .origin = "null", .content_type = JSON, .has_body = true }, POST, ACCESS_CROSS_SITE },
	{ "a link from elsewhere", { .site = "cross-site", .mode = "navigate", .dest = "document" }, GET, ACCESS_CROSS_SITE },
	{ "a script elsewhere",   { .site = "cross-site", .mode = "no-cors", .dest = "script" }, GET, ACCESS_CROSS_SITE },
};
/* clang-format on */

static void
test_hosts(void **state)
{
	struct access access;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(hosts); i++) {
		access = access_of_host(&names, hosts[i].host);
		if (access.realm != hosts[i].realm ||
		    access.has_site_origins != hosts[i].has_site_origins)
			fail_msg("%s: got realm %d", hosts[i].name,
			    (int)access.realm);
	}
}

static void
test_site_of_host(void **state)
{
	struct access access = access_of_host(&names, BASE36 ".localhost:8080");
	char text[PEER_ID_TEXT_SIZE];

	(void)state;
	peer_id_print(&access.site, text);
	assert_string_equal(text, BASE58);
}

static void
test_requests(void **state)
{
	struct access owner = access_of_host(&names, "127.0.0.1:8080");
	enum access_verdict got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		got =
		    access_judge(&owner, &requests[i].fetch, requests[i].method,
			bytes_of(requests[i].path), requests[i].worker);
		if (got != requests[i].want)
			fail_msg("%s: got %d, want %d", requests[i].name,
			    (int)got, (int)requests[i].want);
	}
}

static void
test_places(void **state)
{
	struct access site = access_of_host(&names, BASE36 ".localhost:8080");
	enum access_place got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		got = access_place_at_site(&site, bytes_of(places[i].path));
		if (got != places[i].want)
			fail_msg("%s: got %d", places[i].path, (int)got);
	}
}

static void
test_site_requests(void **state)
{
	struct access site = access_of_host(&names, BASE36 ".localhost:8080");
	enum access_verdict got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(site_requests); i++) {
		got = access_judge(&site, &site_requests[i].fetch,
		    site_requests[i].method, bytes_of(DATA), false);
		if (got != site_requests[i].want)
			fail_msg("%s: got %d", site_requests[i].name, (int)got);
	}
}

static void
test_manners(void **state)
{
	struct access access = { .realm = ACCESS_OWNER };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(manners); i++) {
		access.has_site_origins = manners[i].has_site_origins;
		if (access_site_manner(&access, &manners[i].fetch) !=
		    manners[i].want)
			fail_msg("%s", manners[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_site_of_host),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_site_requests),
		cmocka_unit_test(test_manners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
