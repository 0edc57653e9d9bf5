#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "goop-discoveryd/rendezvous/server_plan.h"

enum { MIDDLE = 50 }; /* chance: the wait is not spread */

static const struct monotime now = { 1000 * 1000 };

/* One end, for a server that was never tried before. */
static void
test_ends(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		struct server_plan_end end;
		struct server_plan_next want;
		bool wants_websocket; /* next time */
	} cases[] = {
		{ "not reached",        { true,  false, false, 0,   -1,    -1 },    { 250, false, false, false },  true },
		{ "broke at once",      { true,  true,  false, 0,   -1,    0 },     { 250, false, false, false },  true },
		{ "a WebSocket refused", { true, true,  false, 404, -1,    -1 },    { 0, true, false, false },     false },
		{ "busy",               { true,  true,  false, 503, -1,    -1 },    { 5000, false, false, false }, false },
		{ "busy until",         { true,  true,  false, 429, 30000, -1 },    { 30000, false, false, false }, false },
		{ "does not know us",   { true,  true,  false, 425, -1,    -1 },    { 250, true, true, true },     true },
		{ "events refused",     { false, true,  false, 404, -1,    -1 },    { 5000, false, false, false }, true },
		{ "ended after long",   { true,  true,  true,  0,   -1,    60000 }, { 250, false, false, false },  true },
		{ "ended with a wish",  { true,  true,  true,  0,   2000,  60000 }, { 2000, false, false, false }, true },
	};
	/* clang-format on */
	struct server_plan_next got;
	struct server_plan plan;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		server_plan_init(&plan);
		got = server_plan_ended(&plan, &cases[i].end, now, MIDDLE);
		if (got.wait_ms != cases[i].want.wait_ms ||
		    got.is_detour != cases[i].want.is_detour ||
		    got.is_wanted != cases[i].want.is_wanted ||
		    got.is_urgent != cases[i].want.is_urgent ||
		    server_plan_wants_websocket(&plan, now) !=
			cases[i].wants_websocket)
			fail_msg("%s: wait %lld, detour %d", cases[i].name,
			    (long long)got.wait_ms, got.is_detour);
	}
}

/* A server that still does not know us is asked less often, then by events. */
static void
test_early(void **state)
{
	static const struct server_plan_end early = { .is_websocket = true,
		.has_reached = true,
		.status = 425,
		.retry_ms = -1,
		.lived_ms = -1 };
	struct server_plan_next next;
	struct server_plan plan;
	int i;

	(void)state;
	server_plan_init(&plan);
	for (i = 0; i < SERVER_PLAN_EARLY_MAX; i++) {
		next = server_plan_ended(&plan, &early, now, MIDDLE);
		assert_true(next.is_detour && next.is_wanted);
		assert_int_equal(next.is_urgent, i == 0);
		assert_int_equal(next.wait_ms,
		    i < SERVER_PLAN_EARLY_SOON ? SERVER_PLAN_EARLY_MS
					       : SERVER_PLAN_EARLY_LATER_MS);
	}
	next = server_plan_ended(&plan, &early, now, MIDDLE);
	assert_true(next.is_detour);
	assert_false(next.is_wanted);
	assert_false(server_plan_wants_websocket(&plan, now));
}

/* WebSockets that bring nothing give way to events; probes become rarer. */
static void
test_deaf_and_probes(void **state)
{
	static const struct server_plan_end deaf = { .is_websocket = true,
		.has_reached = true,
		.retry_ms = -1,
		.lived_ms = 15000 };
	int64_t want = SERVER_PLAN_PROBE_FIRST_MS;
	struct server_plan plan;
	int i;

	(void)state;
	server_plan_init(&plan);
	for (i = 1; i < SERVER_PLAN_DEAF_MAX; i++)
		assert_false(server_plan_ended(&plan, &deaf, now, 0).is_detour);
	assert_true(server_plan_ended(&plan, &deaf, now, 0).is_detour);
	assert_false(server_plan_wants_websocket(&plan, now));
	assert_true(server_plan_wants_websocket(
	    &plan, monotime_add_ms(now, SERVER_PLAN_PROBE_FIRST_MS)));
	for (i = 0; i < 12; i++) {
		want *= 2;
		if (want > SERVER_PLAN_PROBE_MAX_MS)
			want = SERVER_PLAN_PROBE_MAX_MS;
		assert_int_equal(
		    server_plan_probe_ended(&plan, 404, now).wait_ms, want);
	}
	server_plan_heard(&plan);
	assert_int_equal(server_plan_probe_ended(&plan, 0, now).wait_ms,
	    SERVER_PLAN_PROBE_FIRST_MS);
	assert_int_equal(server_plan_probe_ended(&plan, 425, now).wait_ms,
	    SERVER_PLAN_EARLY_LATER_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_deaf_and_probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
