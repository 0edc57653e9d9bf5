#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goopd/port_mapper/router_epoch.h"

/* A router whose epoch was 1000; elapsed seconds later it says epoch. */
static void
test_restarts(void **state)
{
	static const struct {
		const char *name;
		enum mapping_protocol protocol;
		int64_t elapsed_s;
		uint32_t epoch_s;
		bool has_restarted;
	} cases[] = {
		{ "in step", MAPPING_PCP, 3600, 4600, false },
		{ "a slow clock", MAPPING_PCP, 1600, 2502, false },
		{ "too slow", MAPPING_PCP, 1600, 2490, true },
		{ "a fast clock", MAPPING_PCP, 1600, 2700, false },
		{ "too fast", MAPPING_PCP, 1600, 2720, true },
		{ "answers out of order", MAPPING_PCP, 0, 999, false },
		{ "a new start", MAPPING_PCP, 3600, 5, true },
		{ "a new start, seen late", MAPPING_PCP, 3600, 3500, true },
		{ "in step", MAPPING_NAT_PMP, 3600, 4600, false },
		{ "a slow clock", MAPPING_NAT_PMP, 800, 1699, false },
		{ "too slow", MAPPING_NAT_PMP, 800, 1690, true },
		{ "fast clocks are fine", MAPPING_NAT_PMP, 800, 9000, false },
		{ "a new start", MAPPING_NAT_PMP, 3600, 5, true },
	};
	struct monotime start = monotime_add_ms((struct monotime){ 0 }, 1000);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct router_epoch epoch = { 0 };
		struct monotime later =
		    monotime_add_ms(start, cases[i].elapsed_s * 1000);

		assert_false(router_epoch_restarted(
		    &epoch, cases[i].protocol, 1000, start));
		if (router_epoch_restarted(&epoch, cases[i].protocol,
			cases[i].epoch_s, later) != cases[i].has_restarted)
			fail_msg("%s, protocol %d", cases[i].name,
			    cases[i].protocol);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restarts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
