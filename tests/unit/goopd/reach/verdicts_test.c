#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goopd/reach/verdicts.h"

static struct monotime
at_ms(int64_t ms)
{
	return monotime_add_ms((struct monotime){ 0 }, ms);
}

static struct candidate
candidate(const char *text, enum verdict_source source)
{
	struct candidate ret = { .source = source };

	assert_int_equal(multiaddr_parse(text, &ret.address), 0);
	return ret;
}

static struct peer_id
judge(uint8_t number)
{
	return (struct peer_id){ .len = 1, .data = { number } };
}

/* When the first row is due, after now. */
static int64_t
wait_of(const struct verdicts *verdicts, int64_t now)
{
	return monotime_since_ms(verdicts->rows[0].next, at_ms(now));
}

static void
asked(struct verdicts *verdicts, int64_t now)
{
	struct multiaddr due[VERDICTS_MAX];

	assert_int_equal(
	    verdicts_take_due(verdicts, at_ms(now), due, VERDICTS_MAX), 1);
	assert_int_equal(verdicts_deadline(verdicts).us, INT64_MAX);
}

static bool
says(struct verdicts *verdicts, bool is_reachable, int64_t now)
{
	struct peer_id peer = judge(1);

	asked(verdicts, now);
	return verdicts_judge(verdicts, &verdicts->rows[0].address,
	    is_reachable, &peer, 2, 0.5, at_ms(now));
}

static struct verdicts
of_one(enum verdict_source source)
{
	struct verdicts verdicts = { .count = 0 };
	struct candidate one = candidate("/ip4/45.77.1.10/tcp/4001", source);

	verdicts_set(&verdicts, &one, 1, at_ms(0));
	assert_int_equal(wait_of(&verdicts, 0), VERDICT_FIRST_MS);
	return verdicts;
}

static void
test_one_success_is_enough(void **state)
{
	struct verdicts verdicts = of_one(VERDICT_OBSERVED);
	const struct verdict *row = &verdicts.rows[0];

	(void)state;
	assert_false(verdict_is_announced(row));
	assert_true(says(&verdicts, true, 1000));
	assert_int_equal(row->state, VERDICT_REACHABLE);
	assert_true(verdict_is_announced(row));
	assert_int_equal(wait_of(&verdicts, 1000), VERDICT_REACHABLE_MS);
	assert_false(says(&verdicts, true, 3700000));
}

static void
test_two_failures_a_minute_apart(void **state)
{
	struct verdicts verdicts = of_one(VERDICT_INTERFACE);
	const struct verdict *row = &verdicts.rows[0];

	(void)state;
	assert_true(verdict_is_announced(row));
	assert_false(says(&verdicts, false, 1000));
	assert_int_equal(row->state, VERDICT_UNKNOWN);
	assert_int_equal(wait_of(&verdicts, 1000), VERDICT_AGAIN_MS);
	assert_true(says(&verdicts, false, 61000));
	assert_int_equal(row->state, VERDICT_UNREACHABLE);
	assert_false(verdict_is_announced(row));
	assert_int_equal(wait_of(&verdicts, 61000), VERDICT_UNREACHABLE_MS);
	/* It gets better at once, and worse as slowly as before. */
	assert_true(says(&verdicts, true, 1000000));
	assert_false(says(&verdicts, false, 5000000));
	assert_int_equal(row->state, VERDICT_REACHABLE);
	assert_true(says(&verdicts, false, 5060000));
}

/* Two servers that fail at once are one failure: it may be our own network. */
static void
test_failures_too_close(void **state)
{
	struct verdicts verdicts = of_one(VERDICT_INTERFACE);
	struct multiaddr address = verdicts.rows[0].address;
	struct peer_id other = judge(2);

	(void)state;
	says(&verdicts, false, 1000);
	assert_false(verdicts_judge(
	    &verdicts, &address, false, &other, 2, 0, at_ms(2000)));
	assert_int_equal(verdicts.rows[0].state, VERDICT_UNKNOWN);
	assert_int_equal(verdicts.rows[0].judge_count, 2);
	assert_true(peer_id_equal(&verdicts.rows[0].judges[0], &other));
}

static void
test_silence(void **state)
{
	static const int64_t waits[] = { 5000, 10000, 20000, 40000, 80000,
		160000, 300000, 300000, 300000 };
	struct verdicts verdicts = of_one(VERDICT_MAPPED);
	struct multiaddr address = verdicts.rows[0].address;
	int64_t now = 1000;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		asked(&verdicts, now);
		verdicts_silence(&verdicts, &address, 0.5, at_ms(now));
		assert_int_equal(wait_of(&verdicts, now), waits[i]);
		now += waits[i];
	}
	assert_int_equal(verdicts.rows[0].state, VERDICT_UNKNOWN);
	verdicts_distrust(&verdicts, at_ms(now - 300000));
	assert_int_equal(wait_of(&verdicts, now - 300000), VERDICT_FIRST_MS);
}

static void
test_addresses_come_and_go(void **state)
{
	struct verdicts verdicts = of_one(VERDICT_OBSERVED);
	struct candidate now[3] = {
		candidate("/ip6/2a05:f480::1/tcp/4001", VERDICT_INTERFACE),
		candidate("/ip4/45.77.1.10/tcp/4001", VERDICT_OBSERVED),
		candidate("/ip4/45.77.1.10/tcp/4001", VERDICT_MAPPED),
	};
	struct multiaddr due[VERDICTS_MAX];

	(void)state;
	says(&verdicts, true, 1000);
	verdicts_set(&verdicts, now, 3, at_ms(2000));
	assert_int_equal(verdicts.count, 2);
	assert_int_equal(verdicts.rows[0].source, VERDICT_MAPPED);
	assert_int_equal(verdicts.rows[0].state, VERDICT_REACHABLE);
	assert_int_equal(verdicts.rows[1].state, VERDICT_UNKNOWN);
	assert_int_equal(
	    verdicts_take_due(&verdicts, at_ms(3000), due, VERDICTS_MAX), 1);
	assert_true(multiaddr_equal(&due[0], &now[0].address));
	verdicts_set(&verdicts, NULL, 0, at_ms(4000));
	assert_int_equal(verdicts_deadline(&verdicts).us, INT64_MAX);
	/* The answer comes too late. */
	assert_false(verdicts_judge(&verdicts, &now[0].address, true,
	    &(struct peer_id){ .len = 1 }, 2, 0, at_ms(5000)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_success_is_enough),
		cmocka_unit_test(test_two_failures_a_minute_apart),
		cmocka_unit_test(test_failures_too_close),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_addresses_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
