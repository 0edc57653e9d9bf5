#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/libp2p/autonat/autonat_budget.h"

static struct monotime
at_ms(int64_t ms)
{
	return monotime_add_ms((struct monotime){ 0 }, ms);
}

static struct peer_id
peer(uint8_t number)
{
	struct peer_id id = { .len = 4 };

	id.data[3] = number;
	return id;
}

static bool
takes(struct autonat_budget *budget, uint8_t number,
    enum autonat_request_kind kind, int64_t ms)
{
	struct peer_id id = peer(number);

	return autonat_budget_take(budget, &id, kind, at_ms(ms));
}

static void
test_of_one_peer(void **state)
{
	struct autonat_budget budget;
	int i;

	(void)state;
	autonat_budget_init(&budget);
	for (i = 0; i < AUTONAT_BUDGET_PER_PEER; i++)
		assert_true(takes(&budget, 1, AUTONAT_REQUEST_V2, i));
	assert_false(takes(&budget, 1, AUTONAT_REQUEST_V2, 59999));
	assert_true(takes(&budget, 2, AUTONAT_REQUEST_V2, 59999));
	assert_true(takes(&budget, 1, AUTONAT_REQUEST_V2, 60000));
	assert_false(takes(&budget, 1, AUTONAT_REQUEST_V2, 60000));
}

static void
test_of_all(void **state)
{
	struct autonat_budget budget;
	int i;

	(void)state;
	autonat_budget_init(&budget);
	for (i = 0; i < AUTONAT_BUDGET_ALL; i++)
		assert_true(takes(&budget, (uint8_t)i, AUTONAT_REQUEST_V2, i));
	assert_false(takes(&budget, 99, AUTONAT_REQUEST_V2, 59999));
	assert_true(takes(&budget, 99, AUTONAT_REQUEST_V2, 60000));
	assert_false(takes(&budget, 99, AUTONAT_REQUEST_V2, 60000));
}

static void
test_of_version_1(void **state)
{
	struct autonat_budget budget;
	int i;

	(void)state;
	autonat_budget_init(&budget);
	for (i = 0; i < AUTONAT_BUDGET_V1; i++)
		assert_true(
		    takes(&budget, (uint8_t)(i / AUTONAT_BUDGET_V1_PER_PEER),
			AUTONAT_REQUEST_V1, 0));
	assert_false(takes(&budget, 99, AUTONAT_REQUEST_V1, 1000));
	assert_true(takes(&budget, 99, AUTONAT_REQUEST_V2, 1000));
	assert_true(takes(&budget, 5, AUTONAT_REQUEST_V1, 60000));
	autonat_budget_init(&budget);
	for (i = 0; i < AUTONAT_BUDGET_V1_PER_PEER; i++)
		assert_true(takes(&budget, 1, AUTONAT_REQUEST_V1, 0));
	assert_false(takes(&budget, 1, AUTONAT_REQUEST_V1, 1000));
}

static void
test_of_data(void **state)
{
	struct autonat_budget budget;
	struct peer_id id;
	uint8_t i;

	(void)state;
	autonat_budget_init(&budget);
	for (i = 0; i <= AUTONAT_BUDGET_DATA; i++) {
		id = peer(i);
		assert_true(takes(&budget, i, AUTONAT_REQUEST_V2, i));
		assert_int_equal(
		    autonat_budget_take_data(&budget, &id, at_ms(i)),
		    i < AUTONAT_BUDGET_DATA);
	}
	assert_true(takes(&budget, 77, AUTONAT_REQUEST_V2, 60000));
	id = peer(77);
	assert_true(autonat_budget_take_data(&budget, &id, at_ms(60000)));
	/* Not without a request of its own. */
	id = peer(78);
	assert_false(autonat_budget_take_data(&budget, &id, at_ms(60000)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_one_peer),
		cmocka_unit_test(test_of_all),
		cmocka_unit_test(test_of_version_1),
		cmocka_unit_test(test_of_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
