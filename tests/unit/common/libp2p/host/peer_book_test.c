#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "common/base/array.h"
#include "common/libp2p/host/peer_book.h"

static struct multiaddr
address(unsigned int port)
{
	struct multiaddr ret;
	char text[64];

	snprintf(text, sizeof(text), "/ip4/10.0.0.1/tcp/%u", port);
	assert_int_equal(multiaddr_parse(text, &ret), 0);
	return ret;
}

static struct peer_id
peer(uint8_t number)
{
	return (struct peer_id){ .len = 2, .data = { 0, number } };
}

static struct monotime
at(int64_t ms)
{
	return (struct monotime){ ms * 1000 };
}

static bool
learn(struct peer_book *book, uint8_t number, unsigned int port,
    int64_t until_ms, int64_t now_ms)
{
	struct peer_id id = peer(number);
	struct multiaddr where = address(port);

	return peer_book_learn(book, &id, &where, at(until_ms), at(now_ms));
}

static size_t
candidates(struct peer_book *book, uint8_t number, int64_t now_ms)
{
	struct multiaddr ret[8];
	struct peer_id id = peer(number);
	size_t known;

	return peer_book_candidates(book, &id, at(now_ms), ret, 8, &known);
}

static void
fail_at(struct peer_book *book, uint8_t number, unsigned int port, int64_t ms)
{
	struct peer_id id = peer(number);
	struct multiaddr where = address(port);

	peer_book_failed(book, &id, &where, at(ms));
}

static void
test_addresses_expire(void **state)
{
	struct peer_book *book = peer_book_new(4, 4);

	(void)state;
	assert_true(learn(book, 1, 1, 1000, 0));
	assert_true(learn(book, 1, 2, 2000, 0));
	assert_false(learn(book, 1, 1, 1500, 0));
	assert_int_equal(candidates(book, 1, 1499), 2);
	assert_int_equal(candidates(book, 1, 1500), 1);
	assert_int_equal(candidates(book, 1, 2000), 0);
	assert_int_equal(candidates(book, 2, 0), 0);
	peer_book_free(book);
}

/* 5 s + n * n s, at most five minutes. */
static const int64_t waits_ms[] = { 6000, 9000, 14000, 21000, 30000 };

static void
test_backoff(void **state)
{
	struct peer_book *book = peer_book_new(4, 4);
	struct peer_id id = peer(1);
	int64_t now = 0;
	size_t i;

	(void)state;
	learn(book, 1, 1, INT64_MAX / 1000, 0);
	for (i = 0; i < ARRAY_SIZE(waits_ms); i++) {
		fail_at(book, 1, 1, now);
		now += waits_ms[i];
		assert_int_equal(candidates(book, 1, now - 1), 0);
		assert_int_equal(candidates(book, 1, now), 1);
	}
	for (i = 0; i < 2000; i++)
		fail_at(book, 1, 1, now);
	assert_int_equal(
	    candidates(book, 1, now + PEER_BOOK_BACKOFF_MAX_MS), 1);
	/* Hearing the same address again does not change that; a connection,
	 * or the user, does. */
	assert_false(learn(book, 1, 1, INT64_MAX / 1000, now));
	assert_int_equal(candidates(book, 1, now), 0);
	peer_book_forgive(book, &id);
	assert_int_equal(candidates(book, 1, now), 1);
	fail_at(book, 1, 1, now);
	assert_true(learn(book, 1, 2, INT64_MAX / 1000, now));
	assert_int_equal(candidates(book, 1, now), 1);
	peer_book_forgive_all(book);
	assert_int_equal(candidates(book, 1, now), 2);
	peer_book_free(book);
}

static void
test_full_tables(void **state)
{
	struct peer_book *book = peer_book_new(2, 2);

	(void)state;
	learn(book, 1, 1, 1000, 0);
	learn(book, 1, 2, 3000, 0);
	learn(book, 1, 3, 2000, 0); /* instead of port 1 */
	assert_int_equal(candidates(book, 1, 999), 2);
	assert_int_equal(candidates(book, 1, 1999), 2);
	learn(book, 2, 1, 1500, 0);
	learn(book, 3, 1, 5000, 0); /* instead of peer 2 */
	assert_int_equal(candidates(book, 2, 0), 0);
	assert_int_equal(candidates(book, 1, 0), 2);
	assert_int_equal(candidates(book, 3, 0), 1);
	learn(book, 4, 1, 5000, 4000); /* peer 1 has expired */
	assert_int_equal(candidates(book, 3, 4000), 1);
	assert_int_equal(candidates(book, 4, 4000), 1);
	peer_book_free(book);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_expire),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_full_tables),
	};

	return cmocka_run_group_tests_name("peer_book", tests, NULL, NULL);
}
