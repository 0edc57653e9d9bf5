#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "goop-viewerd/data/data_routes.h"

#define PEER    "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq"
#define BASE36  "k51qzi5uqu5dgy8qsq67hbz73jqkw87l3fgf4a91qb0d9b5173tir7n4vxk1oe"
#define OF_PEER "/api/p/" PEER "/data/"

/* clang-format off */
static const struct {
	const char *name, *in;
	int want;
	const char *suffix;
	bool names_peer;
} paths[] = {
	{ "own",              "/api/data/find",            0, "find", false },
	{ "own, two words",   "/api/data/tables/create",   0, "tables/create", false },
	{ "own, nothing",     "/api/data/",                0, "", false },
	{ "peer",             OF_PEER "find",              0, "find", true },
	{ "peer in base36",   "/api/p/" BASE36 "/data/find", 0, "find", true },
	{ "peer, escaped",    "/api/p/%31" "2D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq/data/find", 0, "find", true },
	{ "peer, nothing",    OF_PEER,                     0, "", true },
	{ "no slash",         "/api/data",                 DATA_PATH_OTHER, NULL, false },
	{ "longer word",      "/api/database/find",        DATA_PATH_OTHER, NULL, false },
	{ "another call",     "/api/peers",                DATA_PATH_OTHER, NULL, false },
	{ "a file",           "/p/" PEER "/data/find",     DATA_PATH_OTHER, NULL, false },
	{ "peer, no data",    "/api/p/" PEER "/find",      DATA_PATH_OTHER, NULL, false },
	{ "peer, no slash",   "/api/p/" PEER "/data",      DATA_PATH_OTHER, NULL, false },
	{ "peer alone",       "/api/p/" PEER,              DATA_PATH_OTHER, NULL, false },
	{ "peer, two slashes", "/api/p//data/find",        DATA_PATH_NO_PEER, NULL, false },
	{ "no peer id",       "/api/p/x/data/find",        DATA_PATH_NO_PEER, NULL, false },
	{ "an escaped NUL",   "/api/p/" PEER "%00/data/find", DATA_PATH_NO_PEER, NULL, false },
	{ "an escaped slash", "/api/p/" PEER "%2fx/data/find", DATA_PATH_NO_PEER, NULL, false },
	{ "up",               "/api/p/../data/find",       DATA_PATH_NO_PEER, NULL, false },
};

static const struct {
	const char *path;
	const char *op, *methods; /* NULL: no such call */
} routes[] = {
	{ "/api/data/tables",               "tables",        "GET, POST" },
	{ "/api/data/orm-schema",           "orm-schema",    "GET, POST" },
	{ "/api/data/tables/describe",      "describe",      "POST" },
	{ "/api/data/find",                 "query",         "POST" },
	{ "/api/data/query",                "query",         "POST" },
	{ "/api/data/get-by",               "query-one",     "POST" },
	{ "/api/data/update-where",         "update-where",  "POST" },
	{ "/api/data/tables/create",        "create-table",  "POST" },
	{ "/api/data/tables/set-policy",    "set-policy",    "POST" },
	{ "/api/data/tables/export-schema", "export-schema", "POST" },
	{ "/api/data/trash",                "trash",         "GET" },
	{ "/api/data/undo",                 "undo",          "POST" },
	{ "/api/data/lua/list",             "lua-list",      "GET, POST" },
	{ OF_PEER "tables",                 "tables",        "GET, POST" },
	{ OF_PEER "find-one",               "query-one",     "POST" },
	{ OF_PEER "upsert",                 "upsert",        "POST" },
	{ OF_PEER "tables/drop-column",     "drop-column",   "POST" },
	{ OF_PEER "lua/call",               "lua-call",      "POST" },
	{ OF_PEER "tables/set-policy",      NULL, NULL },
	{ OF_PEER "tables/set-access",      NULL, NULL },
	{ OF_PEER "tables/set-roles",       NULL, NULL },
	{ OF_PEER "tables/export-schema",   NULL, NULL },
	{ OF_PEER "trash",                  NULL, NULL },
	{ OF_PEER "undo",                   NULL, NULL },
	{ OF_PEER "export",                 NULL, NULL },
	{ OF_PEER "export-rows",            NULL, NULL },
	{ "/api/data/export-rows",          NULL, NULL },
	{ "/api/data/query-one",            NULL, NULL },
	{ "/api/data/",                     NULL, NULL },
	{ "/api/data/Find",                 NULL, NULL },
	{ "/api/data/find/",                NULL, NULL },
	{ "/api/data/tables/",              NULL, NULL },
};

static const struct {
	enum bus_code code;
	int want;
} statuses[] = {
	{ BUS_BAD_REQUEST, 400 },
	{ BUS_NOT_FOUND, 404 },
	{ BUS_UNREACHABLE, 502 },
	{ BUS_TIMEOUT, 504 },
	{ BUS_BUSY, 503 },
	{ BUS_RATE_LIMITED, 429 },
	{ BUS_FORBIDDEN, 403 },
	{ BUS_TOO_LARGE, 413 },
	{ BUS_INTERNAL, 500 },
	{ BUS_OK, 500 },
	{ (enum bus_code)99, 500 },
};
/* clang-format on */

static void
test_paths(void **state)
{
	struct data_path path;
	char text[PEER_ID_TEXT_SIZE];
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		got = data_path_parse(bytes_of(paths[i].in), &path);
		if (got != paths[i].want)
			fail_msg("%s: got %d", paths[i].name, got);
		if (got != 0)
			continue;
		if (path.names_peer != paths[i].names_peer ||
		    !bytes_equal(path.suffix, bytes_of(paths[i].suffix)))
			fail_msg("%s: other suffix", paths[i].name);
		if (path.names_peer) {
			peer_id_print(&path.peer, text);
			assert_string_equal(text, PEER);
		}
	}
}

static void
test_routes(void **state)
{
	struct data_route route;
	struct data_path path;
	bool is_there;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(routes); i++) {
		assert_int_equal(
		    data_path_parse(bytes_of(routes[i].path), &path), 0);
		is_there = data_routes_find(&path, &route);
		if (is_there != (routes[i].op != NULL))
			fail_msg("%s", routes[i].path);
		if (!is_there)
			continue;
		assert_int_equal(route.kind, DATA_CALL_OP);
		if (strcmp(data_ops[route.op].word, routes[i].op) != 0 ||
		    strcmp(data_routes_methods(&route), routes[i].methods) != 0)
			fail_msg("%s: %s, %s", routes[i].path,
			    data_ops[route.op].word,
			    data_routes_methods(&route));
	}
}

static void
test_other_routes(void **state)
{
	struct data_route route;
	struct data_path path = { .suffix = bytes_of("events"),
		.names_peer = true };

	(void)state;
	assert_true(data_routes_find(&path, &route));
	assert_int_equal(route.kind, DATA_CALL_EVENTS);
	assert_string_equal(data_routes_methods(&route), "GET");
	path = (struct data_path){ .suffix = bytes_of("export") };
	assert_true(data_routes_find(&path, &route));
	assert_int_equal(route.kind, DATA_CALL_EXPORT);
	assert_string_equal(data_routes_methods(&route), "GET");
}

static void
test_statuses(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		if (data_routes_status(statuses[i].code) != statuses[i].want)
			fail_msg("%d", (int)statuses[i].code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_other_routes),
		cmocka_unit_test(test_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
