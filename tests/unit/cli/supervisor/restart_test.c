#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/supervisor/restart.h"
#include "common/base/array.h"

enum { STEPS_MAX = 16, UP = RESTART_GIVE_UP };

/* Deaths one after the other: how long each life was, and the wanted delay.
 * The next life begins when the delay is over. */
/* clang-format off */
static const struct {
	const char *name;
	int64_t first_ms;
	struct { int64_t lived_ms, want_ms; } steps[STEPS_MAX];
} cases[] = {
	{ "dies at once, always", 100, {
		{ 0, 100 }, { 0, 200 }, { 0, 400 }, { 0, 800 }, { 0, 1600 },
		{ 0, 3200 }, { 0, 6400 }, { 0, 12800 }, { 0, 25600 }, { 0, UP } } },
	{ "lives some seconds each time", 100, {
		{ 6000, 100 }, { 6000, 200 }, { 6000, 400 }, { 6000, 800 },
		{ 6000, 1600 }, { 6000, 3200 }, { 6000, 6400 }, { 6000, 12800 },
		{ 6000, 25600 }, { 6000, UP } } },
	{ "ten deaths in more than the window", 100, {
		{ 20000, 100 }, { 20000, 200 }, { 20000, 400 }, { 20000, 800 },
		{ 20000, 1600 }, { 20000, 3200 }, { 20000, 6400 },
		{ 20000, 12800 }, { 20000, 25600 }, { 20000, 30000 },
		{ 20000, 30000 } } },
	{ "a minute of health forgives", 100, {
		{ 0, 100 }, { 0, 200 }, { 0, 400 }, { 60000, 100 }, { 0, 200 } } },
	{ "just short of a minute does not", 100, {
		{ 0, 100 }, { 0, 200 }, { 59999, 400 } } },
	{ "a health now and then never adds up", 100, {
		{ 60000, 100 }, { 60000, 100 }, { 60000, 100 }, { 60000, 100 },
		{ 60000, 100 }, { 60000, 100 }, { 60000, 100 }, { 60000, 100 },
		{ 60000, 100 }, { 60000, 100 }, { 60000, 100 } } },
	{ "shortened for a test", 1, {
		{ 0, 1 }, { 0, 2 }, { 0, 4 }, { 0, 8 }, { 0, 16 }, { 0, 32 },
		{ 0, 64 }, { 0, 128 }, { 0, 256 }, { 0, UP } } },
};
/* clang-format on */

static void
test_delays(void **state)
{
	struct restart restart;
	struct monotime now = { 1000000 };
	int64_t got;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		restart_init(&restart, cases[i].first_ms);
		for (n = 0; n < STEPS_MAX && cases[i].steps[n].want_ms; n++) {
			now = monotime_add_ms(now, cases[i].steps[n].lived_ms);
			got = restart_after_death(
			    &restart, cases[i].steps[n].lived_ms, now);
			if (got != cases[i].steps[n].want_ms)
				fail_msg("%s: death %zu: got %lld, want %lld",
				    cases[i].name, n + 1, (long long)got,
				    (long long)cases[i].steps[n].want_ms);
			if (got > 0)
				now = monotime_add_ms(now, got);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
