#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goopd/reach/reach_report.h"

/* A router whose own address nobody sees is not the outermost one. */
static void
test_double_nat(void **state)
{
	static const struct {
		const char *views[2];
		bool is_double;
	} cases[] = {
		{ { NULL }, false },
		{ { "/ip4/45.77.5.10/tcp/9" }, false },
		{ { "/ip4/45.77.6.10/tcp/9" }, true },
		{ { "/ip4/45.77.6.10/tcp/9", "/ip4/45.77.5.10/tcp/9" }, false },
		{ { "/ip6/2a05:f480::1/tcp/9" }, false },
	};
	const struct reach_mapping mapping = { .protocol = "upnp",
		.outside = "/ip4/45.77.5.10/tcp/4001" };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reachability_report report = { 0 };
		struct outside_view views[2] = { 0 };
		struct reach_mapping *row;

		for (j = 0; j < 2 && cases[i].views[j] != NULL; j++)
			assert_int_equal(multiaddr_parse(cases[i].views[j],
					     &views[j].address),
			    0);
		report_mapping(&report, &mapping, views, j);
		row = report.port_mapping.items;
		assert_string_equal(row->outside, mapping.outside);
		if ((row->error != NULL) != cases[i].is_double)
			fail_msg("case %zu", i);
		message_fini(&reachability_report_message, &report);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_double_nat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
