#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cli/commands/config_json.h"
#include "cli/commands/print.h"
#include "cli/commands/status_json.h"
#include "common/base/array.h"
#include "common/config/config_values.h"

/* A literal for a member that is not const. */
#define TEXT(literal) ((char[]){ literal })

/* Programs rely on this: keys are added, never changed. */
static void
test_status_shape(void **state)
{
	static const char want[] =
	    "{\"daemons\":["
	    "{\"counters\":{\"drops\":3},\"memory_kib\":4100,\"name\":"
	    "\"goopd\","
	    "\"pid\":7,\"restarts\":1,\"last_exit\":\"killed by SIGKILL\","
	    "\"state\":\"ready\",\"status\":\"2 peers\",\"uptime_ms\":1500},"
	    "{\"counters\":{},\"memory_kib\":0,\"name\":\"goop-viewerd\","
	    "\"pid\":0,\"restarts\":0,\"state\":\"failed\",\"uptime_ms\":0}],"
	    "\"directory\":\"/peers/a\",\"memory_kib\":2000,\"pid\":6,"
	    "\"viewer_url\":\"http://127.0.0.1:1/\"}";
	struct daemon_row rows[] = {
		{ .name = TEXT("goopd"),
		    .state = TEXT("ready"),
		    .pid = 7,
		    .uptime_ms = 1500,
		    .restarts = 1,
		    .memory_kib = 4100,
		    .last_exit = TEXT("killed by SIGKILL"),
		    .status = TEXT("2 peers") },
		{ .name = TEXT("goop-viewerd"), .state = TEXT("failed") },
	};
	struct counter_row counter = { TEXT("drops"), TEXT("what was dropped"),
		3 };
	const struct daemon_status daemon = { .counters = { &counter, 1 } };
	const struct supervisor_status status = { .directory = TEXT("/peers/a"),
		.viewer_url = TEXT("http://127.0.0.1:1/"),
		.pid = 6,
		.memory_kib = 2000,
		.daemons = { rows, 2 } };
	json_t *got = status_json_new(&status), *expected;

	(void)state;
	status_json_add_counters(got, 0, &daemon);
	expected = json_loads(want, 0, NULL);
	assert_non_null(expected);
	if (!json_equal(got, expected))
		fail_msg("got %s", json_dumps(got, JSON_SORT_KEYS));
	json_decref(expected);
	json_decref(got);
}

static void
test_servers_shape(void **state)
{
	static const char want[] =
	    "{\"daemons\":[],\"directory\":\"/peers/a\","
	    "\"servers\":[{\"url\":\"https://a.example\",\"is_connected\":true,"
	    "\"transport\":\"websocket\",\"mode\":\"delta\",\"state\":\"good\","
	    "\"peers\":12},{\"url\":\"http://127.0.0.1:8787\",\"is_own\":true,"
	    "\"state\":\"not "
	    "connected\",\"peers\":0,\"last_error\":\"refused\","
	    "\"next_try_ms\":250}]}";
	struct server_row rows[] = {
		{ .url = TEXT("https://a.example"),
		    .is_connected = true,
		    .transport = TEXT("websocket"),
		    .mode = TEXT("delta"),
		    .state = TEXT("good"),
		    .peers = 12 },
		{ .url = TEXT("http://127.0.0.1:8787"),
		    .is_own = true,
		    .state = TEXT("not connected"),
		    .last_error = TEXT("refused"),
		    .next_try_ms = 250 },
	};
	const struct servers_reply servers = { { rows, 2 } };
	const struct supervisor_status status = { .directory =
						      TEXT("/peers/a") };
	json_t *got = status_json_new(&status), *expected;

	(void)state;
	status_json_add_servers(got, &servers);
	expected = json_loads(want, 0, NULL);
	assert_non_null(expected);
	if (!json_equal(got, expected))
		fail_msg("got %s", json_dumps(got, JSON_SORT_KEYS));
	json_decref(expected);
	json_decref(got);
}

static void
test_config_shape(void **state)
{
	const struct config_value values[] = {
		{ "p2p.listen_port", "help", TEXT("7"), "goop.json", false },
		{ "viewer.theme", "help", TEXT("\"dark\""), "default", false },
		{ "viewer.allow_users", "help", TEXT("[\"bob\"]"), "goop.json",
		    false },
		{ "presence.admin_password", "help", TEXT("\"hush\""),
		    "goop.json", true },
		{ "presence.admin_password_hash", "help", TEXT("\"\""),
		    "default", true },
	};
	json_t *got = config_json_new(values, 5), *expected;

	(void)state;
	expected = json_loads("{\"config\":{\"p2p\":{\"listen_port\":7},"
			      "\"viewer\":{\"theme\":\"dark\","
			      "\"allow_users\":[\"bob\"]}},"
			      "\"from\":{\"p2p.listen_port\":\"goop.json\","
			      "\"viewer.theme\":\"default\","
			      "\"viewer.allow_users\":\"goop.json\","
			      "\"presence.admin_password\":\"goop.json\","
			      "\"presence.admin_password_hash\":\"default\"},"
			      "\"secrets\":{"
			      "\"presence.admin_password\":\"set\","
			      "\"presence.admin_password_hash\":\"not set\"}}",
	    0, NULL);
	assert_true(json_equal(got, expected));
	json_decref(expected);
	json_decref(got);
}

static void
test_durations(void **state)
{
	/* clang-format off */
	static const struct { int64_t ms; const char *want; } durations[] = {
		{ 0,          "0 s" },
		{ 59999,      "59 s" },
		{ 60000,      "1 min 0 s" },
		{ 3599000,    "59 min 59 s" },
		{ 7320000,    "2 h 2 min" },
		{ 180000000,  "2 d 2 h" },
	};
	/* clang-format on */
	char text[PRINT_DURATION_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(durations); i++) {
		print_duration(durations[i].ms, text);
		assert_string_equal(text, durations[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_shape),
		cmocka_unit_test(test_servers_shape),
		cmocka_unit_test(test_config_shape),
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
