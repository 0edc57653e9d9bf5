/* token_bucket and monotime: time that is passed in */
#include "common/base/token_bucket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/base/array.h"

/* A bucket of 3, 2 a second: at this millisecond, taking so many, works? */
/* clang-format off */
static const struct { int64_t at_ms; double count; bool want; } takes[] = {
	{ 0, 1, true }, { 0, 2, true }, { 0, 1, false },
	{ 499, 1, false }, { 500, 1, true }, { 500, 1, false },
	{ 400, 1, false },                  /* the clock went back */
	{ 1000, 1, true },                  /* and the half second counts */
	{ 1001, 3, false },
	{ 60000, 4, false },                /* never more than the burst */
	{ 60000, 3, true }, { 60000, 1, false },
	{ 60000, 0, true },
};
/* clang-format on */

static void
test_bucket(void **state)
{
	struct monotime start = { 1234567 };
	struct token_bucket bucket;
	size_t i;

	(void)state;
	token_bucket_init(&bucket, 3, 2, start);
	for (i = 0; i < ARRAY_SIZE(takes); i++)
		if (token_bucket_take(&bucket, takes[i].count,
			monotime_add_ms(start, takes[i].at_ms)) !=
		    takes[i].want)
			fail_msg("row %zu", i);
}

static void
test_monotime(void **state)
{
	struct monotime early = { 1000000 };
	struct monotime late = monotime_add_ms(early, 2500);

	(void)state;
	assert_int_equal(late.us, 3500000);
	assert_int_equal(monotime_since_ms(late, early), 2500);
	assert_int_equal(monotime_since_ms(early, late), -2500);
	assert_true(monotime_reached(late, early));
	assert_true(monotime_reached(late, late));
	assert_false(monotime_reached(early, late));
	assert_int_equal(monotime_min(late, early).us, early.us);
	assert_int_equal(monotime_min(late, MONOTIME_NEVER).us, late.us);
	assert_false(monotime_reached(late, MONOTIME_NEVER));
	assert_int_equal(monotime_add_ms(early, INT64_MAX).us, INT64_MAX);
	assert_int_equal(monotime_add_ms(MONOTIME_NEVER, 1).us, INT64_MAX);
	early = monotime_now();
	assert_true(monotime_reached(monotime_now(), early));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_monotime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
