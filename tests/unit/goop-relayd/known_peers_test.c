#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goop-relayd/known_peers.h"

static struct monotime
at_ms(int64_t ms)
{
	return monotime_add_ms((struct monotime){ 0 }, ms);
}

static struct peer_id
peer(unsigned int number)
{
	struct peer_id id = { .len = 4 };

	id.data[2] = (uint8_t)(number >> 8);
	id.data[3] = (uint8_t)number;
	return id;
}

static void
test_ask_and_answer(void **state)
{
	struct known_peers *known = known_peers_new();
	struct peer_id a = peer(1), due[4];

	(void)state;
	assert_false(known_peers_has(known, &a, at_ms(0)));
	assert_int_equal(known_peers_take_due(known, at_ms(0), due, 4), 1);
	assert_true(peer_id_equal(&due[0], &a));
	/* Not twice for one question. */
	assert_int_equal(known_peers_take_due(known, at_ms(1), due, 4), 0);
	known_peers_set(known, &a, true);
	assert_true(known_peers_has(known, &a, at_ms(2)));
	/* It stays known while there is no answer to the next one. */
	assert_int_equal(
	    known_peers_take_due(known, at_ms(KNOWN_PEERS_FRESH_MS), due, 4),
	    1);
	assert_true(known_peers_has(known, &a, at_ms(KNOWN_PEERS_FRESH_MS)));
	known_peers_set(known, &a, false);
	assert_false(known_peers_has(known, &a, at_ms(KNOWN_PEERS_FRESH_MS)));
	known_peers_free(known);
}

static void
test_forgotten(void **state)
{
	struct known_peers *known = known_peers_new();
	struct peer_id a = peer(1), b = peer(2), due[4];

	(void)state;
	known_peers_has(known, &a, at_ms(0));
	known_peers_has(known, &b, at_ms(0));
	known_peers_set(known, &a, true);
	known_peers_has(known, &a, at_ms(1000));
	known_peers_tidy(known, at_ms(KNOWN_PEERS_UNUSED_MS));
	assert_true(known_peers_has(known, &a, at_ms(KNOWN_PEERS_UNUSED_MS)));
	known_peers_tidy(known, at_ms(2 * KNOWN_PEERS_UNUSED_MS));
	assert_int_equal(known_peers_take_due(
			     known, at_ms(3 * KNOWN_PEERS_UNUSED_MS), due, 4),
	    0);
	/* An answer that comes too late. */
	known_peers_set(known, &b, true);
	assert_false(
	    known_peers_has(known, &b, at_ms(3 * KNOWN_PEERS_UNUSED_MS)));
	known_peers_free(known);
}

static void
test_bounded(void **state)
{
	struct known_peers *known = known_peers_new();
	struct peer_id id, due[256];
	unsigned int i;
	size_t asked = 0, count;

	(void)state;
	id = peer(0);
	known_peers_has(known, &id, at_ms(0));
	known_peers_set(known, &id, true);
	for (i = 1; i < KNOWN_PEERS_MAX + 100; i++) {
		id = peer(i);
		assert_false(known_peers_has(known, &id, at_ms(0)));
	}
	while ((count = known_peers_take_due(known, at_ms(0), due, 256)) > 0)
		asked += count;
	assert_int_equal(asked, KNOWN_PEERS_MAX);
	id = peer(0);
	assert_true(known_peers_has(known, &id, at_ms(0)));
	known_peers_free(known);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask_and_answer),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
