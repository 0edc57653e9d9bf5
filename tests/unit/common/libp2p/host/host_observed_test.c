/* What others see of the port on which we listen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "common/libp2p/host/host_observed.h"
#include "tests/unit/support/test_host.h"

struct pair {
	struct event_base *base;
	struct test_host a, b;
};

static void
on_connected(struct host *host, struct stream *stream, int error, void *arg)
{
	(void)host;
	(void)stream;
	(void)arg;
	assert_int_equal(error, 0);
}

static bool
both_identified(void *arg)
{
	const struct pair *pair = arg;

	return pair->a.identified > 0 && pair->b.identified > 0;
}

static void
pair_open(struct pair *pair)
{
	*pair = (struct pair){ .base = event_base_new() };
	test_host_open(&pair->a, pair->base, NULL);
	test_host_open(&pair->b, pair->base, NULL);
}

static void
pair_connect(struct pair *pair)
{
	pair->a.identified = pair->b.identified = 0;
	test_host_introduce(&pair->a, &pair->b);
	host_connect(pair->a.host, &pair->b.id, 5000, on_connected, NULL);
	test_loop_until(pair->base, both_identified, pair);
}

static void
pair_close(struct pair *pair)
{
	test_host_close(&pair->a);
	test_host_close(&pair->b);
	event_base_free(pair->base);
}

static void
test_from_any_port(void **state)
{
	struct host_observation seen;
	struct pair pair;

	(void)state;
	pair_open(&pair);
	assert_false(host_observed(pair.a.host, &pair.b.id, &seen));
	pair_connect(&pair);
	assert_true(host_observed(pair.a.host, &pair.b.id, &seen));
	assert_false(seen.is_of_port);
	assert_int_not_equal(
	    multiaddr_port(&seen.address), host_port(pair.a.host));
	/* Who was dialled has its end where it listens. */
	assert_true(host_observed(pair.b.host, &pair.a.id, &seen));
	assert_true(seen.is_of_port);
	assert_int_equal(multiaddr_port(&seen.address), host_port(pair.b.host));
	pair_close(&pair);
}

static void
test_from_the_port(void **state)
{
	struct host_observation seen;
	struct pair pair;

	(void)state;
	pair_open(&pair);
	host_dial_from_port(pair.a.host, &pair.b.id);
	pair_connect(&pair);
	assert_true(host_observed(pair.a.host, &pair.b.id, &seen));
	assert_true(seen.is_of_port);
	assert_int_equal(multiaddr_port(&seen.address), host_port(pair.a.host));
	assert_int_equal(multiaddr_port(&seen.from), host_port(pair.b.host));
	pair_close(&pair);
}

static bool
is_gone(void *arg)
{
	const struct pair *pair = arg;

	return pair->a.disconnected > 0 && pair->b.disconnected > 0;
}

/* The same two ports once more, while the kernel may still know the last
 * connection: then from another port, but connected. */
static void
test_again_at_once(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair);
	host_dial_from_port(pair.a.host, &pair.b.id);
	pair_connect(&pair);
	host_disconnect(pair.a.host, &pair.b.id);
	test_loop_until(pair.base, is_gone, &pair);
	pair_connect(&pair);
	pair_close(&pair);
}

/* Sharing the port with dials must not let a second host in. */
static void
test_the_port_is_taken(void **state)
{
	struct pair pair;
	struct host_config config = { .limits = host_default_limits };
	struct host *second = NULL;

	(void)state;
	pair_open(&pair);
	config.base = pair.base;
	config.identity = &pair.b.identity;
	config.self = pair.b.id;
	config.listen_port = host_port(pair.a.host);
	assert_int_equal(host_new(&config, NULL, NULL, &second), -EADDRINUSE);
	pair_close(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_any_port),
		cmocka_unit_test(test_from_the_port),
		cmocka_unit_test(test_again_at_once),
		cmocka_unit_test(test_the_port_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
