#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
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

#define ID "\"request_id\":\"7f\""
static const struct {
	const char *name, *suffix, *body;
	const char *request; /* NULL: refused */
} requests[] = {
	{ "as it is",        "find",    "{\"table\":\"t\",\"where\":\"a = ?\",\"args\":[1,\"x\",null,true,1.5]}",
	    "{\"table\":\"t\",\"where\":\"a = ?\",\"args\":[1,\"x\",null,true,1.5],\"op\":\"query\"}" },
	{ "without a body",  "tables",  "", "{\"op\":\"tables\"}" },
	{ "an empty body",   "tables",  "{}", "{\"op\":\"tables\"}" },
	{ "an id",           "insert",  "{\"table\":\"t\",\"data\":{\"a\":1}}", "{\"table\":\"t\",\"data\":{\"a\":1},\"op\":\"insert\"," ID "}" },
	{ "its own id",      "insert",  "{\"request_id\":\"mine\"}", "{\"request_id\":\"mine\",\"op\":\"insert\"}" },
	{ "no id of its own", "insert", "{\"request_id\":null}", "{" ID ",\"op\":\"insert\"}" },
	{ "an empty id",     "insert",  "{\"request_id\":\"\"}", "{" ID ",\"op\":\"insert\"}" },
	{ "its own op",      "find",    "{\"op\":\"delete-table\",\"table\":\"t\"}", "{\"op\":\"query\",\"table\":\"t\"}" },
	{ "definitions",     "tables/create", "{\"name\":\"t\",\"columns\":[{\"name\":\"a\"}]}", "{\"name\":\"t\",\"column_defs\":[{\"name\":\"a\"}],\"op\":\"create-table\"," ID "}" },
	{ "both spellings",  "tables/create", "{\"columns\":[1],\"column_defs\":[2]}", "{\"column_defs\":[2],\"op\":\"create-table\"," ID "}" },
	{ "a column's name", "get-by",  "{\"column\":\"a\",\"value\":1}", "{\"value\":1,\"column_name\":\"a\",\"op\":\"query-one\"}" },
	{ "a dropped one",   "tables/drop-column", "{\"table\":\"t\",\"column\":\"a\"}", "{\"table\":\"t\",\"column_name\":\"a\",\"op\":\"drop-column\"," ID "}" },
	{ "an added one",    "tables/add-column", "{\"column\":{\"name\":\"a\"}}", "{\"column\":{\"name\":\"a\"},\"op\":\"add-column\"," ID "}" },
	{ "fields",          "find",    "{\"fields\":[\"a\"]}", "{\"columns\":[\"a\"],\"op\":\"query\"}" },
	{ "fields of pluck", "pluck",   "{\"fields\":[\"a\"]}", "{\"fields\":[\"a\"],\"op\":\"pluck\"}" },
	{ "64 bits",         "delete",  "{\"id\":9223372036854775807}", "{\"id\":9223372036854775807,\"op\":\"delete\"," ID "}" },
	{ "no body",         "find",    "", NULL },
	{ "an array",        "find",    "[]", NULL },
	{ "a text",          "find",    "\"find\"", NULL },
	{ "null",            "tables",  "null", NULL },
	{ "cut",             "find",    "{\"table\":", NULL },
	{ "a rest",          "find",    "{} {}", NULL },
	{ "twice",           "find",    "{\"table\":\"a\",\"table\":\"b\"}", NULL },
	{ "op twice",        "find",    "{\"op\":\"query\",\"op\":\"delete\"}", NULL },
	{ "not UTF-8",       "find",    "{\"table\":\"\xff\"}", NULL },
	{ "a NUL",           "find",    "{\"where\":\"a\\u0000b\"}", NULL },
	{ "over 64 bits",    "delete",  "{\"id\":9223372036854775808}", NULL },
	{ "endless",         "find",    "{\"args\":[1e999]}", NULL },
	{ "a form",          "find",    "table=t", NULL },
};

static const struct {
	const char *query;
	const char *table; /* NULL: refused */
	bool is_csv;
} exports[] = {
	{ "table=notes&format=csv",       "notes", true },
	{ "format=json&table=_n2",        "_n2", false },
	{ "a=b&&table=t&format=csv&c",    "t", true },
	{ NULL,                           NULL, false },
	{ "",                             NULL, false },
	{ "table=&format=csv",            NULL, false },
	{ "table=t",                      NULL, false },
	{ "table=t&format=xml",           NULL, false },
	{ "table=t&format=csvx",          NULL, false },
	{ "tables=t&format=csv",          NULL, false },
	{ "table=2t&format=csv",          NULL, false },
	{ "table=a%22b&format=csv",       NULL, false },
	{ "table=a\"b&format=csv",        NULL, false },
	{ "table=../x&format=csv",        NULL, false },
	{ "table=a.b&format=csv",         NULL, false },
	{ "table=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx&format=csv", NULL, false },
};

static const struct {
	enum bus_code code;
	const char *words;
	int want;
} statuses[] = {
	{ BUS_BAD_REQUEST, "invalid json",          400 },
	{ BUS_NOT_FOUND,   "no such table: x",      404 },
	{ BUS_FORBIDDEN,   "not allowed",           403 },
	{ BUS_UNREACHABLE, "",                      502 },
	{ BUS_TIMEOUT,     "took longer than 1 s",  504 },
	{ BUS_BUSY,        "too many requests",     503 },
	{ BUS_BUSY,        "rate limit exceeded",   429 },
	{ BUS_FORBIDDEN,   "rate limit exceeded",   403 },
	{ BUS_TOO_LARGE,   "more than 10000 rows",  413 },
	{ BUS_INTERNAL,    "disk full",             500 },
	{ BUS_OK,          "",                      500 },
	{ (enum bus_code)99, "",                    500 },
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
	const struct data_route *route;
	struct data_path path;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(routes); i++) {
		assert_int_equal(
		    data_path_parse(bytes_of(routes[i].path), &path), 0);
		route = data_routes_find(&path);
		if ((route == NULL) != (routes[i].op == NULL))
			fail_msg("%s", routes[i].path);
		if (route == NULL)
			continue;
		if (strcmp(route->op, routes[i].op) != 0 ||
		    strcmp(data_routes_methods(route), routes[i].methods) != 0)
			fail_msg("%s: %s, %s", routes[i].path, route->op,
			    data_routes_methods(route));
	}
}

static const struct data_route *
route_of(const char *suffix)
{
	struct data_path path = { .suffix = bytes_of(suffix) };
	const struct data_route *route = data_routes_find(&path);

	assert_non_null(route);
	return route;
}

static void
test_requests(void **state)
{
	const struct data_route *route;
	struct buffer out;
	const char *why;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		route = route_of(requests[i].suffix);
		buffer_init(&out, 1000);
		why = NULL;
		rc = data_routes_translate(route, bytes_of(requests[i].body),
		    route->manner == DATA_CHANGES ? "7f" : NULL, &out, &why);
		if (requests[i].request == NULL) {
			if (rc != -EINVAL ||
			    strncmp(why, "invalid json: ", 14) != 0)
				fail_msg("%s: got %d", requests[i].name, rc);
		} else if (rc != 0 || !bytes_equal(buffer_bytes(&out),
					  bytes_of(requests[i].request))) {
			fail_msg("%s: got %d %.*s", requests[i].name, rc,
			    (int)out.len, (const char *)out.memory);
		}
		buffer_fini(&out);
	}
}

static void
test_too_large(void **state)
{
	struct buffer out;
	const char *why;

	(void)state;
	buffer_init(&out, 20);
	assert_int_equal(
	    data_routes_translate(route_of("find"),
		bytes_of("{\"table\":\"0123456789\"}"), NULL, &out, &why),
	    -ENOBUFS);
	buffer_fini(&out);
}

static void
test_why_is_printable(void **state)
{
	struct buffer out;
	const char *why;

	(void)state;
	buffer_init(&out, 100);
	assert_int_equal(data_routes_translate(route_of("find"),
			     bytes_of("{\x1b[31m"), NULL, &out, &why),
	    -EINVAL);
	assert_null(strchr(why, '\x1b'));
	buffer_fini(&out);
}

static void
test_exports(void **state)
{
	struct data_export_query query;
	const char *why;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(exports); i++) {
		rc = data_routes_parse_export(exports[i].query, &query, &why);
		if ((rc == 0) != (exports[i].table != NULL))
			fail_msg("%s: got %d", exports[i].query, rc);
		if (rc == 0 && (strcmp(query.table, exports[i].table) != 0 ||
				   query.is_csv != exports[i].is_csv))
			fail_msg("%s: %s", exports[i].query, query.table);
	}
}

static void
test_print_export(void **state)
{
	struct buffer out;

	(void)state;
	buffer_init(&out, 200);
	assert_int_equal(data_routes_print_export("t", "csv", 7, 512, &out), 0);
	assert_true(bytes_equal(buffer_bytes(&out),
	    bytes_of("{\"op\":\"export-rows\",\"table\":\"t\",\"format\":"
		     "\"csv\",\"after\":7,\"limit\":512}")));
	buffer_fini(&out);
}

static void
test_statuses(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		if (data_routes_status(statuses[i].code, statuses[i].words) !=
		    statuses[i].want)
			fail_msg(
			    "%d %s", (int)statuses[i].code, statuses[i].words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_why_is_printable),
		cmocka_unit_test(test_exports),
		cmocka_unit_test(test_print_export),
		cmocka_unit_test(test_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
