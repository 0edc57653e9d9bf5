#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cli/peer/daemon_plan.h"
#include "cli/supervisor/launch.h"
#include "cli/peer/server_url.h"
#include "common/base/array.h"

/* clang-format off */
static const struct {
	const char *name;
	bool host, only;
	const char *viewer;
	enum launch_mode mode;
	const char *want;
} plans[] = {
	{ "peer",             false, false, "127.0.0.1:1", LAUNCH_AS_CONFIGURED,
	    "goopd goop-discoveryd goop-viewerd " },
	{ "without viewer",   false, false, "",            LAUNCH_AS_CONFIGURED,
	    "goopd goop-discoveryd " },
	{ "peer and server",  true,  false, "127.0.0.1:1", LAUNCH_AS_CONFIGURED,
	    "goopd goop-discoveryd goop-viewerd goop-rendezvousd " },
	{ "server by file",   true,  true,  "127.0.0.1:1", LAUNCH_AS_CONFIGURED,
	    "goop-rendezvousd " },
	{ "server by order",  false, false, "127.0.0.1:1", LAUNCH_SERVER,
	    "goop-rendezvousd " },
};

static const struct {
	const char *bind;
	int64_t port;
	const char *certificate, *want;
	bool is_local;
} urls[] = {
	{ "127.0.0.1", 8787, "",      "http://127.0.0.1:8787/",   true },
	{ "127.9.0.1", 80,   "",      "http://127.9.0.1:80/",     true },
	{ "0.0.0.0",   8787, "",      "http://127.0.0.1:8787/",   false },
	{ "10.0.0.1",  8787, "a.pem", "https://10.0.0.1:8787/",   false },
	{ "::1",       443,  "a.pem", "https://[::1]:443/",       true },
	{ "::",        8787, "",      "http://[::1]:8787/",       false },
	{ "fd00::1",   8787, "",      "http://[fd00::1]:8787/",   false },
};
/* clang-format on */

static void
test_plans(void **state)
{
	struct config config = { 0 };
	struct daemon_plan plan;
	char got[128];
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(plans); i++) {
		config.rendezvous_host = plans[i].host;
		config.rendezvous_only = plans[i].only;
		config.http_addr = (char *)(uintptr_t)plans[i].viewer;
		launch_force(plans[i].mode, &config);
		daemon_plan_make(&config, &plan);
		got[0] = '\0';
		for (j = 0; j < plan.count; j++) {
			strcat(strcat(got, plan.names[j]), " ");
			assert_true(daemon_plan_has(&plan, plan.names[j]));
		}
		if (strcmp(got, plans[i].want) != 0)
			fail_msg("%s: %s", plans[i].name, got);
	}
	assert_false(daemon_plan_has(&plan, "goop2"));
	assert_int_equal(daemon_plan_all.count, DAEMON_PLAN_MAX);
}

static void
test_stop_ranks(void **state)
{
	(void)state;
	assert_true(daemon_plan_stop_rank("goop-discoveryd") <
		    daemon_plan_stop_rank("goop-rendezvousd"));
	assert_int_equal(daemon_plan_stop_rank("goop-viewerd"),
	    daemon_plan_stop_rank("goop-rendezvousd"));
	assert_true(daemon_plan_stop_rank("goop-viewerd") <
		    daemon_plan_stop_rank("goopd"));
}

static void
test_urls(void **state)
{
	char got[SERVER_URL_SIZE];
	struct config config;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(urls); i++) {
		config = (struct config){
			.rendezvous_bind = (char *)(uintptr_t)urls[i].bind,
			.rendezvous_port = urls[i].port,
			.tls_cert = (char *)(uintptr_t)urls[i].certificate,
		};
		server_url_print(&config, got);
		assert_string_equal(got, urls[i].want);
		if (server_url_is_local(&config) != urls[i].is_local)
			fail_msg("%s", urls[i].bind);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_stop_ranks),
		cmocka_unit_test(test_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
