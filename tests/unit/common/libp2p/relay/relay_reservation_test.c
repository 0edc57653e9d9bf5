#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/libp2p/relay/relay_reservation.h"

static struct monotime
at_ms(int64_t ms)
{
	return monotime_add_ms((struct monotime){ 0 }, ms);
}

/* How long after now it asks again, in milliseconds. */
static int64_t
wait_of(const struct relay_reservation *held, struct monotime now)
{
	return monotime_since_ms(held->next, now);
}

static void
test_granted_and_renewed(void **state)
{
	struct relay_reservation held;

	(void)state;
	relay_reservation_init(&held, at_ms(0));
	assert_true(relay_reservation_is_due(&held, at_ms(0)));
	relay_reservation_asked(&held);
	assert_false(relay_reservation_is_due(&held, at_ms(60000)));
	assert_int_equal(relay_reservation_deadline(&held).us, INT64_MAX);
	relay_reservation_granted(&held, 3600, 0.5, at_ms(0));
	assert_true(relay_reservation_is_held(&held));
	assert_int_equal(wait_of(&held, at_ms(0)), 3600 * 600);
	/* Renewing keeps what there is, also when it fails. */
	relay_reservation_asked(&held);
	assert_true(relay_reservation_is_held(&held));
	relay_reservation_failed(&held, false, 0.5, at_ms(2160000));
	assert_true(relay_reservation_is_held(&held));
	assert_int_equal(wait_of(&held, at_ms(2160000)), 500);
	relay_reservation_asked(&held);
	assert_false(relay_reservation_expire(&held, at_ms(3599999)));
	assert_true(relay_reservation_expire(&held, at_ms(3600000)));
	assert_false(relay_reservation_is_held(&held));
	assert_true(relay_reservation_is_awaited(&held));
}

/* Whatever a relay says, or a clock that is wrong by hours makes of it. */
static void
test_odd_times(void **state)
{
	struct relay_reservation held;

	(void)state;
	relay_reservation_init(&held, at_ms(0));
	relay_reservation_granted(&held, INT64_MIN / 2, 0, at_ms(0));
	assert_int_equal(held.expires.us, RESERVATION_MIN_S * INT64_C(1000000));
	relay_reservation_granted(&held, INT64_MAX, 0.99, at_ms(0));
	assert_int_equal(held.expires.us, RESERVATION_MAX_S * INT64_C(1000000));
	assert_true(held.next.us < held.expires.us * 3 / 4);
}

static void
test_backoff(void **state)
{
	static const int64_t waits[] = { 500, 1000, 3000, 6000, 15000, 60000,
		60000, 60000 };
	struct relay_reservation held;
	size_t i;

	(void)state;
	relay_reservation_init(&held, at_ms(0));
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		relay_reservation_asked(&held);
		relay_reservation_failed(&held, false, 0.5, at_ms(7));
		assert_int_equal(wait_of(&held, at_ms(7)), waits[i]);
	}
	relay_reservation_asked(&held);
	relay_reservation_failed(&held, true, 0, at_ms(0));
	assert_int_equal(wait_of(&held, at_ms(0)), RESERVATION_REFUSED_S * 800);
	relay_reservation_asked(&held);
	relay_reservation_granted(&held, 3600, 0.5, at_ms(0));
	relay_reservation_asked(&held);
	relay_reservation_failed(&held, false, 0.5, at_ms(0));
	assert_int_equal(wait_of(&held, at_ms(0)), 500);
}

static void
test_lost(void **state)
{
	struct relay_reservation held;

	(void)state;
	relay_reservation_init(&held, at_ms(0));
	relay_reservation_granted(&held, 3600, 0.5, at_ms(0));
	relay_reservation_lost(&held, 0.5, at_ms(100));
	assert_false(relay_reservation_is_held(&held));
	assert_int_equal(wait_of(&held, at_ms(100)), 500);
	/* What is not held cannot be lost: a backoff goes on. */
	relay_reservation_asked(&held);
	relay_reservation_failed(&held, true, 0.5, at_ms(200));
	relay_reservation_lost(&held, 0.5, at_ms(300));
	assert_int_equal(
	    wait_of(&held, at_ms(200)), RESERVATION_REFUSED_S * 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_granted_and_renewed),
		cmocka_unit_test(test_odd_times),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
