/* Who is looked at when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goop-rendezvousd/hub/subscriber_wheel.h"

static void
test_wheel(void **state)
{
	static struct subscriber many[100];
	struct subscriber_wheel wheel;
	struct subscriber *one;
	struct monotime start = { 5000000 }, now = start;
	int64_t due[100], ms;
	size_t i, taken = 0;

	(void)state;
	subscriber_wheel_init(&wheel, start);
	for (i = 0; i < 100; i++) {
		due[i] = (int64_t)(i * 97 % 7000);
		subscriber_wheel_put(
		    &wheel, &many[i], monotime_add_ms(start, 1));
		subscriber_wheel_put(
		    &wheel, &many[i], monotime_add_ms(start, due[i]));
	}
	subscriber_wheel_remove(&many[99]);
	subscriber_wheel_remove(&many[99]);
	for (ms = 0; ms < 8000; ms += 10) {
		now = monotime_add_ms(start, ms);
		while ((one = subscriber_wheel_take(&wheel, now)) != NULL) {
			i = (size_t)(one - many);
			assert_true(ms >= due[i]);
			assert_true(
			    ms <= due[i] + 2 * SUBSCRIBER_WHEEL_SLOT_MS);
			taken++;
		}
	}
	assert_int_equal(taken, 99);
	/* What is too far off comes early; after a sleep all come at once. */
	subscriber_wheel_put(
	    &wheel, &many[0], monotime_add_ms(now, 3600 * 1000));
	subscriber_wheel_put(&wheel, &many[1], now);
	now = monotime_add_ms(now, 9000);
	assert_ptr_equal(subscriber_wheel_take(&wheel, now), &many[1]);
	assert_ptr_equal(subscriber_wheel_take(&wheel, now), &many[0]);
	assert_null(subscriber_wheel_take(&wheel, now));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wheel),
	};

	return cmocka_run_group_tests_name(
	    "subscriber_wheel", tests, NULL, NULL);
}
