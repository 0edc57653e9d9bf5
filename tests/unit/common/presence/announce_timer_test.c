/* When our own presence message is published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/presence/announce_timer.h"
#include "common/presence/presence.h"

static struct monotime
at(int64_t ms)
{
	return (struct monotime){ (1000000 + ms) * 1000 };
}

/* How many messages within [from, to), looking every millisecond. */
static int
count(struct announce_timer *announce_timer, int64_t from, int64_t to)
{
	int n = 0;

	for (; from < to; from++)
		n += announce_timer_next(announce_timer, at(from)) != NULL;
	return n;
}

static void
tells_online_then_updates(void **state)
{
	struct announce_timer announce_timer;

	(void)state;
	announce_timer_init(
	    &announce_timer, 5000, ANNOUNCE_GOSSIP_PER_MINUTE, at(0));
	assert_int_equal(count(&announce_timer, 0, 20000), 0);
	announce_timer_up(&announce_timer, at(20000));
	assert_string_equal(
	    announce_timer_next(&announce_timer, at(20000)), PRESENCE_ONLINE);
	assert_null(announce_timer_next(&announce_timer, at(24999)));
	assert_string_equal(
	    announce_timer_next(&announce_timer, at(25000)), PRESENCE_UPDATE);
	announce_timer_changed(&announce_timer, at(26000));
	assert_string_equal(
	    announce_timer_next(&announce_timer, at(26000)), PRESENCE_UPDATE);
	assert_null(announce_timer_next(&announce_timer, at(30999)));
	announce_timer_down(&announce_timer);
	assert_int_equal(count(&announce_timer, 31000, 40000), 0);
	announce_timer_up(&announce_timer, at(40000));
	assert_string_equal(
	    announce_timer_next(&announce_timer, at(40000)), PRESENCE_ONLINE);
}

static void
gathers_newcomers(void **state)
{
	struct announce_timer announce_timer;

	(void)state;
	announce_timer_init(
	    &announce_timer, 5000, ANNOUNCE_GOSSIP_PER_MINUTE, at(0));
	announce_timer_up(&announce_timer, at(0));
	assert_int_equal(count(&announce_timer, 0, 1000), 1);
	announce_timer_newcomer(&announce_timer, at(1000));
	announce_timer_newcomer(&announce_timer, at(1050));
	assert_null(announce_timer_next(&announce_timer, at(1099)));
	assert_int_equal(count(&announce_timer, 1099, 1500), 1);
}

static void
stays_below_the_signers_limit(void **state)
{
	struct announce_timer announce_timer;
	int64_t ms;
	int n = 0;

	(void)state;
	announce_timer_init(
	    &announce_timer, 1000, ANNOUNCE_GOSSIP_PER_MINUTE, at(0));
	announce_timer_up(&announce_timer, at(0));
	assert_in_range(
	    count(&announce_timer, 0, 60000), 58, 61); /* a fast beat */
	for (ms = 60000; ms < 120000; ms++) {
		announce_timer_changed(
		    &announce_timer, at(ms)); /* somebody types */
		n += announce_timer_next(&announce_timer, at(ms)) != NULL;
	}
	assert_in_range(n, 70, ANNOUNCE_GOSSIP_PER_MINUTE + ANNOUNCE_BURST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_online_then_updates),
		cmocka_unit_test(gathers_newcomers),
		cmocka_unit_test(stays_below_the_signers_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
