#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "common/libp2p/relay/relay_table.h"

static const struct relay_limits limits = {
	.reservations = 4,
	.reservations_per_group = 2,
	.strangers = 3,
	.circuits = 3,
	.circuits_per_peer = 2,
	.reservation_s = 100,
	.grace_s = 10,
};

static struct monotime
at(int64_t s)
{
	return monotime_add_ms((struct monotime){ 0 }, s * 1000);
}

static struct peer_id
peer(uint8_t number)
{
	struct peer_id id = { .len = 4, .data = { 0, 2, number, number } };

	return id;
}

static struct multiaddr
from(const char *text)
{
	struct multiaddr address;

	assert_int_equal(multiaddr_parse(text, &address), 0);
	return address;
}

static enum relay_status
reserve(struct relay_table *table, uint8_t number, const char *address,
    bool is_known, int64_t s)
{
	struct peer_id id = peer(number);
	struct multiaddr there = from(address);

	return relay_table_reserve(table, &id, &there, is_known, at(s));
}

static enum relay_status
join(struct relay_table *table, uint8_t source, bool is_known, uint8_t target,
    int64_t s)
{
	struct peer_id a = peer(source), b = peer(target);

	return relay_table_connect(table, &a, is_known, &b, at(s));
}

static void
part(struct relay_table *table, uint8_t source, uint8_t target)
{
	struct peer_id a = peer(source), b = peer(target);

	relay_table_release(table, &a, &b);
}

static bool
knows_all(const struct peer_id *id, void *arg)
{
	(void)id;
	(void)arg;
	return true;
}

static bool
knows_none(const struct peer_id *id, void *arg)
{
	(void)id;
	(void)arg;
	return false;
}

static void
test_limits(void **state)
{
	struct relay_table *table = relay_table_new(&limits);
	struct peer_id id;

	(void)state;
	assert_int_equal(
	    reserve(table, 1, "/ip4/1.1.1.1/tcp/1", true, 0), RELAY_OK);
	assert_int_equal(
	    reserve(table, 2, "/ip4/1.1.1.1/tcp/2", true, 0), RELAY_OK);
	assert_int_equal(reserve(table, 3, "/ip4/1.1.1.1/tcp/3", true, 0),
	    RELAY_RESERVATION_REFUSED);
	/* A renewal is no second one. */
	assert_int_equal(
	    reserve(table, 2, "/ip4/1.1.1.1/tcp/9", true, 1), RELAY_OK);
	/* One /48 is one group; loopback is none. */
	assert_int_equal(
	    reserve(table, 4, "/ip6/2a05:1:2:3::1/tcp/1", true, 0), RELAY_OK);
	assert_int_equal(
	    reserve(table, 5, "/ip6/2a05:1:2:4::1/tcp/1", true, 0), RELAY_OK);
	assert_int_equal(relay_table_reservations(table), 4);
	assert_int_equal(reserve(table, 6, "/ip4/127.0.0.1/tcp/1", true, 0),
	    RELAY_RESOURCE_LIMIT_EXCEEDED);
	id = peer(4);
	relay_table_leave(table, &id);
	assert_int_equal(
	    reserve(table, 6, "/ip4/127.0.0.1/tcp/1", true, 0), RELAY_OK);
	id = peer(5);
	relay_table_leave(table, &id);
	assert_int_equal(
	    reserve(table, 7, "/ip4/127.0.0.1/tcp/1", true, 0), RELAY_OK);
	assert_int_equal(relay_table_reservations(table), 4);
	relay_table_free(table);
}

static void
test_expiry(void **state)
{
	struct relay_table *table = relay_table_new(&limits);

	(void)state;
	assert_int_equal(
	    reserve(table, 1, "/ip4/1.1.1.1/tcp/1", true, 0), RELAY_OK);
	relay_table_expire(table, knows_all, NULL, at(99));
	assert_int_equal(relay_table_reservations(table), 1);
	assert_int_equal(join(table, 2, true, 1, 99), RELAY_OK);
	assert_int_equal(join(table, 3, true, 1, 100), RELAY_NO_RESERVATION);
	relay_table_expire(table, knows_all, NULL, at(100));
	assert_int_equal(relay_table_reservations(table), 0);
	part(table, 2, 1);
	assert_int_equal(relay_table_circuits(table), 0);
	relay_table_free(table);
}

/* A stranger has a grace, and not another one when it comes back. */
static void
test_grace(void **state)
{
	struct relay_table *table = relay_table_new(&limits);
	struct peer_id id = peer(1);

	(void)state;
	assert_int_equal(
	    reserve(table, 1, "/ip4/1.1.1.1/tcp/1", false, 0), RELAY_OK);
	relay_table_expire(table, knows_none, NULL, at(9));
	assert_int_equal(relay_table_reservations(table), 1);
	relay_table_leave(table, &id);
	assert_int_equal(
	    reserve(table, 1, "/ip4/1.1.1.1/tcp/1", false, 9), RELAY_OK);
	relay_table_expire(table, knows_none, NULL, at(10));
	assert_int_equal(relay_table_reservations(table), 0);
	assert_int_equal(reserve(table, 1, "/ip4/1.1.1.1/tcp/1", false, 11),
	    RELAY_PERMISSION_DENIED);
	assert_int_equal(
	    reserve(table, 1, "/ip4/1.1.1.1/tcp/1", true, 12), RELAY_OK);
	/* It became known in time. */
	assert_int_equal(
	    reserve(table, 2, "/ip4/1.1.1.2/tcp/1", false, 12), RELAY_OK);
	relay_table_expire(table, knows_all, NULL, at(15));
	relay_table_expire(table, knows_none, NULL, at(50));
	assert_int_equal(relay_table_reservations(table), 2);
	relay_table_free(table);
}

/* Strangers come back under new ids: so many are remembered, and no more are
 * served until they are forgotten. They take no place of a known peer at their
 * address. */
static void
test_strangers(void **state)
{
	struct relay_table *table = relay_table_new(&limits);
	struct peer_id id;
	uint8_t i;

	(void)state;
	for (i = 1; i <= 2; i++) {
		assert_int_equal(
		    reserve(table, i, "/ip4/1.1.1.1/tcp/1", false, 0),
		    RELAY_OK);
		id = peer(i);
		relay_table_leave(table, &id);
	}
	assert_int_equal(reserve(table, 3, "/ip4/1.1.1.1/tcp/1", false, 0),
	    RELAY_RESERVATION_REFUSED);
	assert_int_equal(
	    reserve(table, 4, "/ip4/1.1.1.1/tcp/1", true, 0), RELAY_OK);
	assert_int_equal(
	    reserve(table, 5, "/ip4/1.1.1.2/tcp/1", false, 0), RELAY_OK);
	assert_int_equal(reserve(table, 6, "/ip4/1.1.1.3/tcp/1", false, 0),
	    RELAY_RESOURCE_LIMIT_EXCEEDED);
	relay_table_expire(table, knows_none, NULL, at(20));
	assert_int_equal(
	    reserve(table, 6, "/ip4/1.1.1.3/tcp/1", false, 20), RELAY_OK);
	relay_table_free(table);
}

static void
test_circuits(void **state)
{
	struct relay_table *table = relay_table_new(&limits);

	(void)state;
	assert_int_equal(
	    reserve(table, 1, "/ip4/1.1.1.1/tcp/1", true, 0), RELAY_OK);
	assert_int_equal(
	    reserve(table, 2, "/ip4/1.1.1.2/tcp/1", true, 0), RELAY_OK);
	assert_int_equal(join(table, 3, false, 1, 0), RELAY_PERMISSION_DENIED);
	assert_int_equal(join(table, 1, true, 1, 0), RELAY_CONNECTION_FAILED);
	assert_int_equal(join(table, 3, true, 9, 0), RELAY_NO_RESERVATION);
	/* A reservation is as good as being known. */
	assert_int_equal(join(table, 2, false, 1, 0), RELAY_OK);
	assert_int_equal(join(table, 3, true, 1, 0), RELAY_OK);
	assert_int_equal(
	    join(table, 4, true, 1, 0), RELAY_RESOURCE_LIMIT_EXCEEDED);
	assert_int_equal(join(table, 3, true, 2, 0), RELAY_OK);
	assert_int_equal(
	    join(table, 4, true, 2, 0), RELAY_RESOURCE_LIMIT_EXCEEDED);
	part(table, 2, 1);
	part(table, 3, 2);
	assert_int_equal(join(table, 3, true, 2, 0), RELAY_OK);
	assert_int_equal(join(table, 3, true, 1, 0),
	    RELAY_RESOURCE_LIMIT_EXCEEDED); /* of the source */
	part(table, 3, 1);
	part(table, 3, 2);
	assert_int_equal(relay_table_circuits(table), 0);
	relay_table_free(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_grace),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_circuits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
