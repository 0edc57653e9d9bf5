/* client_limits: how much one client may do */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "goop-rendezvousd/clients/client_limits.h"

static const struct client_limits_config config = {
	.publishes_per_minute = 60,
	.publishes_per_address = 120,
	.subscribers_max = 6,
	.subscribers_per_address = 3,
	.classic_max = 2,
};

static struct monotime
at(int64_t ms)
{
	return monotime_add_ms((struct monotime){ 5000000 }, ms);
}

static struct client_address
address(const char *text)
{
	struct client_address ret;

	assert_int_equal(client_address_parse(bytes_of(text), &ret), 0);
	return ret;
}

static int
begin(void **state)
{
	*state = client_limits_new(&config);
	return 0;
}

static int
end(void **state)
{
	client_limits_free(*state);
	return 0;
}

static unsigned int
publish(struct client_limits *limits, const char *from, int64_t ms, int times)
{
	struct client_address client = address(from);
	unsigned int accepted = 0, retry;

	while (times-- > 0)
		accepted +=
		    client_limits_publish(limits, &client, 0, at(ms), &retry);
	return accepted;
}

static unsigned int
publish_peer(struct client_limits *limits, const char *from,
    const char *peer_id, int64_t ms, int times)
{
	struct client_address client = address(from);
	unsigned int accepted = 0, retry;

	while (times-- > 0)
		accepted += client_limits_publish_peer(
		    limits, &client, peer_id, at(ms), &retry);
	return accepted;
}

static void
an_address_publishes_so_often(void **state)
{
	struct client_limits *limits = *state;
	struct client_address client = address("192.0.2.1");
	unsigned int retry = 0;

	assert_int_equal(publish(limits, "192.0.2.1", 0, 200), 120);
	assert_false(client_limits_publish(limits, &client, 0, at(0), &retry));
	assert_int_equal(retry, 1);
	assert_int_equal(publish(limits, "192.0.2.2", 0, 10), 10);
	assert_int_equal(publish(limits, "192.0.2.1", 500, 5), 1);
	assert_int_equal(publish(limits, "192.0.2.1", 60500, 200), 120);
}

/* What is passed on to everybody costs by its size, but can be said. */
static void
a_large_message_counts_for_more(void **state)
{
	static const struct client_limits_config few = {
		.publishes_per_minute = 60,
		.publishes_per_address = 3,
	};
	struct client_limits *limits = *state;
	struct client_address client = address("192.0.2.1");
	unsigned int retry = 0, accepted = 0;
	int i;

	for (i = 0; i < 120; i++)
		accepted += client_limits_publish(limits, &client,
		    10 * CLIENT_LIMITS_MESSAGE - 1, at(0), &retry);
	assert_int_equal(accepted, 12);
	assert_int_equal(retry, 5);
	limits = client_limits_new(&few);
	assert_true(
	    client_limits_publish(limits, &client, 32 * 1024, at(0), &retry));
	assert_false(client_limits_publish(limits, &client, 1, at(0), &retry));
	assert_true(client_limits_publish(
	    limits, &client, 32 * 1024, at(60000), &retry));
	client_limits_free(limits);
}

static void
a_64_is_one_address(void **state)
{
	struct client_limits *limits = *state;

	assert_int_equal(publish(limits, "2001:db8::1", 0, 100), 100);
	assert_int_equal(publish(limits, "2001:db8::ffff:2", 0, 100), 20);
	assert_int_equal(publish(limits, "2001:db8:0:1::1", 0, 100), 100);
	/* IPv4 addresses are no /64 of each other. */
	assert_int_equal(publish(limits, "192.0.2.1", 0, 120), 120);
	assert_int_equal(publish(limits, "::ffff:192.0.2.2", 0, 120), 120);
}

static void
a_peer_at_an_address_too(void **state)
{
	struct client_limits *limits = *state;

	assert_int_equal(publish_peer(limits, "192.0.2.1", "a", 0, 80), 60);
	assert_int_equal(publish_peer(limits, "192.0.2.1", "b", 0, 80), 60);
	assert_int_equal(publish_peer(limits, "192.0.2.2", "a", 0, 80), 60);
	assert_int_equal(publish_peer(limits, "192.0.2.1", "a", 5000, 80), 5);
}

/* --- subscribers */

static enum client_limits_verdict
subscribe(struct client_limits *limits, const char *from, bool is_delta)
{
	struct client_address client = address(from);

	return client_limits_subscribe(limits, &client, is_delta);
}

static void
unsubscribe(struct client_limits *limits, const char *from, bool is_delta)
{
	struct client_address client = address(from);

	client_limits_unsubscribe(limits, &client, is_delta);
}

static void
subscribers_are_counted(void **state)
{
	struct client_limits *limits = *state;
	struct client_limits_stats stats;

	assert_int_equal(subscribe(limits, "1.1.1.1", true), CLIENT_LIMITS_OK);
	assert_int_equal(subscribe(limits, "1.1.1.1", false), CLIENT_LIMITS_OK);
	assert_int_equal(subscribe(limits, "1.1.1.1", false), CLIENT_LIMITS_OK);
	assert_int_equal(
	    subscribe(limits, "1.1.1.1", true), CLIENT_LIMITS_PER_ADDRESS);
	assert_string_equal(
	    client_limits_reason(limits, CLIENT_LIMITS_PER_ADDRESS),
	    "too many subscribers from your address (3)");
	assert_int_equal(
	    subscribe(limits, "1.1.1.2", false), CLIENT_LIMITS_CLASSIC_FULL);
	unsubscribe(limits, "1.1.1.1", false);
	assert_int_equal(subscribe(limits, "1.1.1.2", false), CLIENT_LIMITS_OK);
	assert_int_equal(subscribe(limits, "1.1.1.2", true), CLIENT_LIMITS_OK);
	assert_int_equal(subscribe(limits, "1.1.1.3", true), CLIENT_LIMITS_OK);
	assert_int_equal(subscribe(limits, "1.1.1.3", true), CLIENT_LIMITS_OK);
	assert_int_equal(
	    subscribe(limits, "1.1.1.4", true), CLIENT_LIMITS_FULL);
	client_limits_get_stats(limits, &stats);
	assert_int_equal(stats.subscribers, 6);
	assert_int_equal(stats.classic, 2);
}

/* Whoever comes, the table stays within its bound, and nobody who is counted
 * is forgotten. */
static void
strangers_push_out_the_idle(void **state)
{
	struct client_limits *limits = *state;
	struct client_limits_stats stats;
	char text[32];
	unsigned int i;

	assert_int_equal(subscribe(limits, "1.1.1.1", true), CLIENT_LIMITS_OK);
	assert_int_equal(publish(limits, "1.1.1.2", 0, 120), 120);
	for (i = 0; i < CLIENT_LIMITS_ADDRESSES_MAX + 5; i++) {
		snprintf(text, sizeof(text), "10.%u.%u.%u", i >> 16,
		    i >> 8 & 255, i & 255);
		publish(limits, text, 0, 1);
	}
	client_limits_get_stats(limits, &stats);
	assert_int_equal(stats.addresses, CLIENT_LIMITS_ADDRESSES_MAX);
	assert_int_equal(stats.subscribers, 1);
	assert_int_equal(publish(limits, "1.1.1.2", 0, 1), 1);
	unsubscribe(limits, "1.1.1.1", true);
	for (i = 0; i < CLIENT_LIMITS_PEERS_MAX + 5; i++) {
		snprintf(text, sizeof(text), "p%u", i);
		assert_int_equal(
		    publish_peer(limits, "1.1.1.1", text, 0, 1), 1);
	}
}

/* --- logins: so many failures, then at these times */

static const struct {
	int failures;
	int64_t wait_ms;
} waits[] = {
	{ 0, 0 },
	{ CLIENT_LOGINS_FREE - 1, 0 },
	{ CLIENT_LOGINS_FREE, 1000 },
	{ CLIENT_LOGINS_FREE + 1, 2000 },
	{ CLIENT_LOGINS_FREE + 5, 32000 },
	{ CLIENT_LOGINS_FREE + 9, 512000 },
	{ CLIENT_LOGINS_FREE + 10, CLIENT_LOGIN_WAIT_MAX_MS },
	{ CLIENT_LOGINS_FREE + 1000, CLIENT_LOGIN_WAIT_MAX_MS },
};

static void
failed_logins_have_to_wait(void **state)
{
	struct client_address client = address("192.0.2.1");
	struct client_address other = address("192.0.2.2");
	struct client_limits *limits;
	unsigned int retry;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		print_message("case: %d failures\n", waits[i].failures);
		limits = client_limits_new(&config);
		for (n = 0; n < waits[i].failures; n++)
			client_limits_login_failed(limits, &client, at(0));
		if (waits[i].wait_ms > 0) {
			assert_false(client_limits_login(
			    limits, &client, at(waits[i].wait_ms - 1), &retry));
			assert_int_equal(retry, 1);
			assert_false(client_limits_login(
			    limits, &client, at(0), &retry));
			assert_int_equal(retry, waits[i].wait_ms / 1000);
		}
		assert_true(client_limits_login(
		    limits, &client, at(waits[i].wait_ms), &retry));
		assert_true(client_limits_login(limits, &other, at(0), &retry));
		client_limits_free(limits);
	}
}

static void
a_right_password_ends_that(void **state)
{
	struct client_address client = address("192.0.2.1");
	struct client_limits *limits = *state;
	unsigned int retry;
	int n;

	for (n = 0; n < 20; n++)
		client_limits_login_failed(limits, &client, at(0));
	client_limits_login_passed(limits, &client);
	assert_true(client_limits_login(limits, &client, at(0), &retry));
	for (n = 0; n < 20; n++)
		client_limits_login_failed(limits, &client, at(0));
	client_limits_login_failed(
	    limits, &client, at(CLIENT_LOGIN_FORGET_MS + 1));
	assert_true(client_limits_login(
	    limits, &client, at(CLIENT_LOGIN_FORGET_MS + 2), &retry));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_publishes_so_often),
		TEST(a_large_message_counts_for_more),
		TEST(a_64_is_one_address),
		TEST(a_peer_at_an_address_too),
		TEST(subscribers_are_counted),
		TEST(strangers_push_out_the_idle),
		TEST(failed_logins_have_to_wait),
		TEST(a_right_password_ends_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
