#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "goop-discoveryd/rendezvous/server_backoff.h"

/* Chance in the middle: the wait is what it is before it is spread. */
enum { MIDDLE = 50, LEAST = 0, MOST = 99 };

static void
test_doubles(void **state)
{
	static const int64_t want[] = { 250, 500, 1000, 2000, 4000, 8000, 16000,
		32000, 60000, 60000, 60000 };
	struct server_backoff backoff;
	size_t i;

	(void)state;
	server_backoff_init(&backoff);
	for (i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(
		    server_backoff_next(&backoff, MIDDLE), want[i]);
	server_backoff_init(&backoff);
	assert_int_equal(server_backoff_next(&backoff, MIDDLE), 250);
}

static void
test_spreads(void **state)
{
	struct server_backoff backoff;
	uint32_t chance;
	int64_t wait;

	(void)state;
	for (chance = 0; chance < 1000; chance++) {
		server_backoff_init(&backoff);
		wait = server_backoff_next(&backoff, chance * 4294967u);
		assert_in_range(wait, 125, 375);
	}
	server_backoff_init(&backoff);
	assert_int_equal(server_backoff_next(&backoff, LEAST), 125);
	assert_int_equal(server_backoff_next(&backoff, MOST), 250 + 495);
}

/* What the server asks for counts once, within bounds. */
static void
test_told(void **state)
{
	static const struct {
		int64_t told, least, most;
	} cases[] = {
		{ 0, 250, 275 },
		{ 1, 250, 275 },
		{ 7000, 7000, 7700 },
		{ 3600 * 1000, 600 * 1000, 660 * 1000 },
		{ INT64_MAX, 600 * 1000, 660 * 1000 },
	};
	struct server_backoff backoff;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		server_backoff_init(&backoff);
		server_backoff_tell(&backoff, cases[i].told);
		assert_in_range(server_backoff_next(&backoff, (uint32_t)i * 37),
		    cases[i].least, cases[i].most);
		assert_int_equal(server_backoff_next(&backoff, MIDDLE), 250);
	}
}

static void
test_slow(void **state)
{
	struct server_backoff backoff;

	(void)state;
	server_backoff_init(&backoff);
	server_backoff_slow(&backoff, 5000);
	assert_int_equal(server_backoff_next(&backoff, MIDDLE), 5000);
	server_backoff_slow(&backoff, 5000);
	assert_int_equal(server_backoff_next(&backoff, MIDDLE), 10000);
	server_backoff_hasten(&backoff, 500);
	assert_int_equal(server_backoff_next(&backoff, MIDDLE), 500);
	server_backoff_hasten(&backoff, 5000);
	assert_int_equal(server_backoff_next(&backoff, MIDDLE), 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_spreads),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
