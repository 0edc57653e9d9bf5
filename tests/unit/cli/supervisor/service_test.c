#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "cli/supervisor/service.h"
#include "common/base/array.h"

enum { STEPS_MAX = 16, WATCHDOG = 10000 };

/* What happens to a service, and what must come of it. */
enum event {
	END,
	START,
	STOP,
	RESTART,
	SPAWNED,
	IS_READY,
	ALIVE,
	DIED,
	DIED_FOR_GOOD,
	TICK,
	FORGIVE
};

/* clang-format off */
static const struct {
	const char *name;
	struct {
		enum event event;
		int64_t after_ms; /* since the step before */
		enum service_action action;
		enum service_state state;
	} steps[STEPS_MAX];
} cases[] = {
	{ "a quiet life", {
		{ START,    0,    SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED,  0,    SERVICE_NOTHING, SERVICE_STARTING },
		{ IS_READY, 100,  SERVICE_NOTHING, SERVICE_READY },
		{ ALIVE,    5000, SERVICE_NOTHING, SERVICE_READY },
		{ TICK,     9999, SERVICE_NOTHING, SERVICE_READY },
		{ ALIVE,    0,    SERVICE_NOTHING, SERVICE_READY },
		{ STOP,     0,    SERVICE_TERM,    SERVICE_STOPPING },
		{ STOP,     1,    SERVICE_NOTHING, SERVICE_STOPPING },
		{ DIED,     10,   SERVICE_NOTHING, SERVICE_STOPPED },
		{ TICK,     9999, SERVICE_NOTHING, SERVICE_STOPPED } } },
	{ "dies and comes back", {
		{ START,    0,   SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED,  0,   SERVICE_NOTHING, SERVICE_STARTING },
		{ IS_READY, 0,   SERVICE_NOTHING, SERVICE_READY },
		{ DIED,     0,   SERVICE_NOTHING, SERVICE_WAITING },
		{ TICK,     99,  SERVICE_NOTHING, SERVICE_WAITING },
		{ TICK,     1,   SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED,  0,   SERVICE_NOTHING, SERVICE_STARTING },
		{ IS_READY, 0,   SERVICE_NOTHING, SERVICE_READY },
		{ DIED,     0,   SERVICE_NOTHING, SERVICE_WAITING },
		{ TICK,     100, SERVICE_NOTHING, SERVICE_WAITING },
		{ TICK,     100, SERVICE_SPAWN,   SERVICE_STARTING } } },
	{ "hangs while it runs", {
		{ START,    0,        SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED,  0,        SERVICE_NOTHING, SERVICE_STARTING },
		{ IS_READY, 0,        SERVICE_NOTHING, SERVICE_READY },
		{ TICK,     WATCHDOG, SERVICE_ABORT,   SERVICE_HUNG },
		{ ALIVE,    0,        SERVICE_NOTHING, SERVICE_HUNG },
		{ TICK,     499,      SERVICE_NOTHING, SERVICE_HUNG },
		{ TICK,     1,        SERVICE_KILL,    SERVICE_HUNG },
		{ DIED,     0,        SERVICE_NOTHING, SERVICE_WAITING },
		{ TICK,     100,      SERVICE_SPAWN,   SERVICE_STARTING } } },
	{ "hangs before it is ready", {
		{ START,   0,                SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED, 0,                SERVICE_NOTHING, SERVICE_STARTING },
		{ ALIVE,   14000,            SERVICE_NOTHING, SERVICE_STARTING },
		{ TICK,    1000,             SERVICE_ABORT,   SERVICE_HUNG },
		{ STOP,    0,                SERVICE_NOTHING, SERVICE_STOPPING },
		{ TICK,    SERVICE_ABORT_MS, SERVICE_KILL,    SERVICE_STOPPING },
		{ DIED,    0,                SERVICE_NOTHING, SERVICE_STOPPED } } },
	{ "does not stop when told", {
		{ START,   0,               SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED, 0,               SERVICE_NOTHING, SERVICE_STARTING },
		{ STOP,    0,               SERVICE_TERM,    SERVICE_STOPPING },
		{ TICK,    SERVICE_STOP_MS, SERVICE_KILL,    SERVICE_STOPPING },
		{ DIED,    0,               SERVICE_NOTHING, SERVICE_STOPPED } } },
	{ "is restarted by hand", {
		{ START,    0,  SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED,  0,  SERVICE_NOTHING, SERVICE_STARTING },
		{ IS_READY, 0,  SERVICE_NOTHING, SERVICE_READY },
		{ RESTART,  0,  SERVICE_TERM,    SERVICE_STOPPING },
		{ RESTART,  1,  SERVICE_NOTHING, SERVICE_STOPPING },
		{ DIED,     10, SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED,  0,  SERVICE_NOTHING, SERVICE_STARTING } } },
	{ "is restarted and then stopped", {
		{ START,   0, SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED, 0, SERVICE_NOTHING, SERVICE_STARTING },
		{ RESTART, 0, SERVICE_TERM,    SERVICE_STOPPING },
		{ STOP,    0, SERVICE_NOTHING, SERVICE_STOPPING },
		{ DIED,    0, SERVICE_NOTHING, SERVICE_STOPPED } } },
	{ "is restarted while it waits", {
		{ START,   0, SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED, 0, SERVICE_NOTHING, SERVICE_STARTING },
		{ DIED,    0, SERVICE_NOTHING, SERVICE_WAITING },
		{ RESTART, 0, SERVICE_SPAWN,   SERVICE_STARTING } } },
	{ "is stopped while it waits", {
		{ START,   0,   SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED, 0,   SERVICE_NOTHING, SERVICE_STARTING },
		{ DIED,    0,   SERVICE_NOTHING, SERVICE_WAITING },
		{ STOP,    0,   SERVICE_NOTHING, SERVICE_STOPPED },
		{ TICK,    100, SERVICE_NOTHING, SERVICE_STOPPED } } },
	{ "cannot be helped, until somebody does", {
		{ START,         0,     SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED,       0,     SERVICE_NOTHING, SERVICE_STARTING },
		{ DIED_FOR_GOOD, 0,     SERVICE_NOTHING, SERVICE_FAILED },
		{ TICK,          99999, SERVICE_NOTHING, SERVICE_FAILED },
		{ STOP,          0,     SERVICE_NOTHING, SERVICE_FAILED },
		{ RESTART,       0,     SERVICE_SPAWN,   SERVICE_STARTING } } },
	{ "the supervisor itself was stopped meanwhile", {
		{ START,    0,        SERVICE_SPAWN,   SERVICE_STARTING },
		{ SPAWNED,  0,        SERVICE_NOTHING, SERVICE_STARTING },
		{ IS_READY, 0,        SERVICE_NOTHING, SERVICE_READY },
		{ FORGIVE,  99999,    SERVICE_NOTHING, SERVICE_READY },
		{ TICK,     0,        SERVICE_NOTHING, SERVICE_READY },
		{ TICK,     WATCHDOG, SERVICE_ABORT,   SERVICE_HUNG } } },
};
/* clang-format on */

static enum service_action
play(struct service *service, enum event event, struct monotime now)
{
	switch (event) {
	case START:
		return service_start(service, now);
	case STOP:
		return service_stop(service, now);
	case RESTART:
		return service_restart(service, now);
	case SPAWNED:
		service_spawned(service, 42, now);
		break;
	case IS_READY:
		service_heard_ready(service, now);
		break;
	case ALIVE:
		service_heard_watchdog(service, now);
		break;
	case DIED:
		return service_died(
		    service, SERVICE_CRASHED, "exit status 1", now);
	case DIED_FOR_GOOD:
		return service_died(
		    service, SERVICE_REFUSED, "exit status 78", now);
	case TICK:
		return service_tick(service, now);
	case FORGIVE:
		service_forgive(service, now);
		break;
	case END:
		break;
	}
	return SERVICE_NOTHING;
}

static void
test_lives(void **state)
{
	struct monotime now = { 1000000 };
	enum service_action action;
	struct service service;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		service_init(&service, "goopd", WATCHDOG, RESTART_FIRST_MS);
		for (n = 0; cases[i].steps[n].event != END; n++) {
			now = monotime_add_ms(now, cases[i].steps[n].after_ms);
			action = play(&service, cases[i].steps[n].event, now);
			if (action != cases[i].steps[n].action ||
			    service.state != cases[i].steps[n].state)
				fail_msg("%s, step %zu: action %d in state %s, "
					 "want action %d in state %s",
				    cases[i].name, n + 1, action,
				    service_state_name(service.state),
				    cases[i].steps[n].action,
				    service_state_name(
					cases[i].steps[n].state));
		}
	}
}

/* Ten deaths in a row end it; a restart by hand gives all chances again. */
static void
test_gives_up(void **state)
{
	struct monotime now = { 1000000 };
	struct service service;
	int deaths = 0;

	(void)state;
	service_init(&service, "goopd", WATCHDOG, RESTART_FIRST_MS);
	service_start(&service, now);
	while (service.state != SERVICE_FAILED) {
		service_spawned(&service, 42, now);
		service_died(
		    &service, SERVICE_CRASHED, "killed by SIGSEGV", now);
		deaths++;
		now = monotime_add_ms(now, service.delay_ms);
		service_tick(&service, now);
	}
	assert_int_equal(deaths, RESTART_DEATHS);
	assert_string_equal(service.last_exit, "killed by SIGSEGV");
	assert_int_equal(service.restarts, RESTART_DEATHS - 1);
	service_restart(&service, now);
	service_spawned(&service, 43, now);
	service_died(&service, SERVICE_CRASHED, "exit status 1", now);
	assert_int_equal(service.state, SERVICE_WAITING);
	assert_int_equal(service.delay_ms, RESTART_FIRST_MS);
}

/* Who is killed from outside while ready comes back at once, for ever; before
 * that, or when it hung, it is as any other death. */
static void
test_killed_from_outside(void **state)
{
	struct monotime now = { 1000000 };
	struct service service;
	int i;

	(void)state;
	service_init(&service, "goopd", WATCHDOG, RESTART_FIRST_MS);
	service_start(&service, now);
	for (i = 0; i < 3 * RESTART_DEATHS; i++) {
		service_spawned(&service, 42, now);
		service_heard_ready(&service, now);
		service_died(
		    &service, SERVICE_KILLED, "killed by SIGKILL", now);
		assert_int_equal(service.state, SERVICE_WAITING);
		assert_int_equal(service.delay_ms, RESTART_FIRST_MS);
		now = monotime_add_ms(now, service.delay_ms);
		service_tick(&service, now);
	}
	for (i = 0; i < RESTART_DEATHS; i++) {
		service_spawned(&service, 42, now);
		service_died(
		    &service, SERVICE_KILLED, "killed by SIGKILL", now);
		now = monotime_add_ms(now, service.delay_ms);
		service_tick(&service, now);
	}
	assert_int_equal(service.state, SERVICE_FAILED);
}

static void
test_tells_watchdog(void **state)
{
	struct monotime now = { 1000000 };
	struct service service;

	(void)state;
	service_init(&service, "goopd", WATCHDOG, RESTART_FIRST_MS);
	service_start(&service, now);
	service_spawned(&service, 42, now);
	now = monotime_add_ms(now, SERVICE_READY_MS);
	service_tick(&service, now);
	service_died(&service, SERVICE_KILLED, "killed by SIGKILL", now);
	assert_string_equal(service.last_exit, "watchdog: killed by SIGKILL");
}

static void
test_obituary(void **state)
{
	/* clang-format off */
	static const struct { int code, status; const char *want; } deaths[] = {
		{ CLD_EXITED, 0,       "exit status 0" },
		{ CLD_EXITED, 1,       "exit status 1" },
		{ CLD_EXITED, 78,      "exit status 78 (configuration or key)" },
		{ CLD_EXITED, 127,     "could not be executed" },
		{ CLD_KILLED, SIGKILL, "killed by SIGKILL" },
		{ CLD_KILLED, SIGSEGV, "killed by SIGSEGV" },
		{ CLD_DUMPED, SIGABRT, "killed by SIGABRT, core dumped" },
	};
	/* clang-format on */
	char text[OBITUARY_SIZE];
	siginfo_t info;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(deaths); i++) {
		memset(&info, 0, sizeof(info));
		info.si_code = deaths[i].code;
		info.si_status = deaths[i].status;
		obituary_write(&info, text);
		assert_string_equal(text, deaths[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_killed_from_outside),
		cmocka_unit_test(test_tells_watchdog),
		cmocka_unit_test(test_obituary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
