#include "goop-rendezvousd/endpoints/rendezvous_router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "goop-rendezvousd/service/history.h"

static const struct {
	const char *path, *want; /* the route's path; NULL: none */
} paths[] = {
	{ "/publish", "/publish" },
	{ "/publish/", NULL },
	{ "/publishx", NULL },
	{ "/PUBLISH", NULL },
	{ "//publish", NULL },
	{ "/", "/" },
	{ "/nothing", NULL },
	{ "/docs", "/docs" },
	{ "/docs/", "/docs/" },
	{ "/docs/overview", "/docs/" },
	{ "/assets/page.css", "/assets/" },
	{ "/assets", NULL },
	{ "/admin", "/admin" },
	{ "/admin/", NULL },
	{ "/admin/status.json", "/admin/status.json" },
	{ "/api/credits/spend", "/api/credits/spend" },
	{ "/api/credits", NULL },
	{ "/api/pulse", "/api/pulse" },
	{ "", NULL },
};

static void
finds_routes(void **state)
{
	const struct route *route;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		route = router_find(bytes_of(paths[i].path));
		if ((route == NULL) != (paths[i].want == NULL) ||
		    (route != NULL && strcmp(route->path, paths[i].want) != 0))
			fail_msg("%s: got %s", paths[i].path,
			    route != NULL ? route->path : "none");
	}
}

/* What only the owner may see; everything else is for everybody. */
static void
guards_what_is_the_owners(void **state)
{
	static const char *const owners[] = { "/admin", "/admin/status.json",
		"/peers.json", "/logs.json", "/metrics" };
	static const char *const everybodys[] = { "/", "/events", "/ws",
		"/publish", "/healthz", "/api/online" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(owners); i++)
		assert_true(router_find(bytes_of(owners[i]))->is_admin);
	for (i = 0; i < ARRAY_SIZE(everybodys); i++)
		assert_false(router_find(bytes_of(everybodys[i]))->is_admin);
}

static const struct {
	const char *path;
	enum http_method method;
	const char *allow; /* NULL: it may */
} asked[] = {
	{ "/publish", HTTP_METHOD_POST, NULL },
	{ "/publish", HTTP_METHOD_GET, "POST" },
	{ "/publish", HTTP_METHOD_HEAD, "POST" },
	{ "/events", HTTP_METHOD_GET, NULL },
	{ "/events", HTTP_METHOD_HEAD, "GET" },
	{ "/events", HTTP_METHOD_POST, "GET" },
	{ "/", HTTP_METHOD_HEAD, NULL },
	{ "/", HTTP_METHOD_OTHER, "GET, HEAD" },
	{ "/healthz", HTTP_METHOD_OTHER, NULL },
	{ "/ws", HTTP_METHOD_POST, NULL },
};

static void
knows_methods(void **state)
{
	const char *allow;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(asked); i++) {
		allow = NULL;
		(void)router_allows(router_find(bytes_of(asked[i].path)),
		    asked[i].method, &allow);
		if ((allow == NULL) != (asked[i].allow == NULL) ||
		    (allow != NULL && strcmp(allow, asked[i].allow) != 0))
			fail_msg("%s: got %s", asked[i].path,
			    allow != NULL ? allow : "yes");
	}
}

/* --- the ring behind the graphs */

static void
history_keeps_the_newest(void **state)
{
	static struct history history;
	struct history_sample sample = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < HISTORY_SAMPLES + 7; i++) {
		sample.peers = i;
		history_add(&history, &sample);
		assert_int_equal(
		    history_get(&history, history.count - 1)->peers, i);
	}
	assert_int_equal(history.count, HISTORY_SAMPLES);
	assert_int_equal(history_get(&history, 0)->peers, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_routes),
		cmocka_unit_test(guards_what_is_the_owners),
		cmocka_unit_test(knows_methods),
		cmocka_unit_test(history_keeps_the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
