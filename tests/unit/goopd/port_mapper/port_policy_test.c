#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "goopd/port_mapper/port_policy.h"

enum { S = 1000 };

/* A peer at home, and its clock. */
struct scene {
	struct port_policy policy;
	struct monotime now;
	struct mapping_ask ask; /* the last question */
	struct mapping_answer grant;
};

static void
pass(struct scene *scene, int64_t seconds)
{
	scene->now = monotime_add_ms(scene->now, seconds * S);
}

/* Go to when something is due; the seconds until then. */
static int64_t
pass_until_due(struct scene *scene)
{
	struct monotime due = port_policy_due(&scene->policy);
	int64_t ms = monotime_since_ms(due, scene->now);

	assert_int_not_equal(due.us, INT64_MAX);
	scene->now = due;
	return ms / S;
}

static bool
asks(struct scene *scene)
{
	return port_policy_next(&scene->policy, scene->now, &scene->ask);
}

static void
answer(struct scene *scene, enum mapping_verdict verdict)
{
	struct mapping_answer said = scene->grant;

	said.verdict = verdict;
	port_policy_answer(&scene->policy, &said, scene->now);
}

static void
set_up(struct scene *scene)
{
	static const uint8_t nonce[MAPPING_NONCE_SIZE] = { 7 };

	memset(scene, 0, sizeof(*scene));
	pass(scene, 1000);
	scene->grant = (struct mapping_answer){
		.protocol = MAPPING_PCP,
		.external_port = 4002,
		.lifetime_s = 7200,
	};
	mapping_address_parse("45.77.5.10", &scene->grant.external);
	mapping_address_parse("192.168.1.1", &scene->grant.network.gateway);
	mapping_address_parse("192.168.1.7", &scene->grant.network.own);
	port_policy_init(&scene->policy, false, nonce, 1);
	assert_false(asks(scene));
	port_policy_listen(&scene->policy, 4001);
}

static void
set_up_mapped(struct scene *scene)
{
	set_up(scene);
	assert_true(asks(scene));
	answer(scene, MAPPING_GRANTED);
	assert_int_equal(scene->policy.state, PORT_MAPPED);
}

static void
test_granted_and_renewed(void **state)
{
	struct scene scene;
	int64_t since = 0;

	(void)state;
	set_up(&scene);
	assert_true(asks(&scene));
	assert_int_equal(scene.ask.protocol, MAPPING_NO_PROTOCOL);
	assert_int_equal(scene.ask.external_port, 4001);
	assert_false(asks(&scene)); /* one at a time */
	answer(&scene, MAPPING_GRANTED);
	/* looked after, and renewed at half of the lease */
	for (;;) {
		since += pass_until_due(&scene);
		assert_true(asks(&scene));
		if (scene.ask.step == MAPPING_MAP)
			break;
		answer(&scene, MAPPING_STANDS);
	}
	assert_in_range(since, 3590, 4060);
	assert_int_equal(scene.ask.protocol, MAPPING_PCP);
	assert_int_equal(scene.ask.external_port, 4002); /* as granted */
	assert_int_equal(scene.ask.internal_port, 4001);
	assert_int_equal(scene.ask.nonce[0], 7);
}

static void
test_silence(void **state)
{
	struct scene scene;

	(void)state;
	set_up_mapped(&scene);
	/* A mapping stands until its lease ends. */
	for (;;) {
		pass_until_due(&scene);
		if (scene.now.us >= scene.policy.lease_end.us)
			break;
		assert_true(asks(&scene));
		answer(&scene, MAPPING_NOT_ANSWERED);
		if (scene.policy.state != PORT_MAPPED)
			break;
	}
	assert_in_range(scene.now.us / 1000000, 1000 + 7160, 1000 + 7200);
	/* then all protocols are tried again, the same port wanted */
	assert_true(asks(&scene));
	assert_int_equal(scene.ask.protocol, MAPPING_NO_PROTOCOL);
	assert_int_equal(scene.ask.external_port, 4002);
	answer(&scene, MAPPING_NOT_ANSWERED);
	assert_int_equal(scene.policy.state, PORT_FAILED);
}

static void
test_refused_renewal(void **state)
{
	struct scene scene;

	(void)state;
	set_up_mapped(&scene);
	scene.now = scene.policy.renew;
	assert_true(asks(&scene));
	answer(&scene, MAPPING_SWITCHED_OFF);
	assert_int_equal(scene.policy.state, PORT_SEARCHING);
	assert_true(asks(&scene));
	assert_int_equal(scene.ask.protocol, MAPPING_NO_PROTOCOL);
}

static void
test_router_restarts(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	scene.grant.has_epoch = true;
	scene.grant.epoch_s = 50000;
	assert_true(asks(&scene));
	answer(&scene, MAPPING_GRANTED);
	scene.grant.epoch_s += (uint32_t)pass_until_due(&scene);
	assert_true(asks(&scene));
	assert_int_equal(scene.ask.step, MAPPING_CHECK);
	answer(&scene, MAPPING_STANDS);
	assert_false(asks(&scene));
	pass_until_due(&scene);
	scene.grant.epoch_s = 20;
	assert_true(asks(&scene));
	answer(&scene, MAPPING_STANDS);
	assert_int_equal(scene.policy.restarts, 1);
	assert_true(asks(&scene)); /* at once */
	assert_int_equal(scene.ask.step, MAPPING_MAP);
	assert_int_equal(scene.ask.external_port, 4002);
}

static void
test_lost_or_moved(void **state)
{
	struct scene scene;

	(void)state;
	set_up_mapped(&scene);
	pass_until_due(&scene);
	assert_true(asks(&scene));
	answer(&scene, MAPPING_LOST);
	assert_true(asks(&scene));
	assert_int_equal(scene.ask.step, MAPPING_MAP);
	answer(&scene, MAPPING_GRANTED);
	/* the router has another address */
	pass_until_due(&scene);
	assert_true(asks(&scene));
	mapping_address_parse("45.77.6.10", &scene.grant.external);
	answer(&scene, MAPPING_STANDS);
	assert_true(asks(&scene));
	assert_int_equal(scene.ask.step, MAPPING_MAP);
}

/* The job found itself in another network, where nothing answers. */
static void
test_elsewhere(void **state)
{
	struct scene scene;

	(void)state;
	set_up_mapped(&scene);
	port_policy_moved(&scene.policy, scene.now);
	assert_true(asks(&scene));
	assert_int_equal(scene.ask.step, MAPPING_CHECK);
	mapping_address_parse("192.168.2.7", &scene.grant.network.own);
	answer(&scene, MAPPING_NOT_ANSWERED);
	assert_int_equal(scene.policy.state, PORT_FAILED);
	/* and back again */
	port_policy_moved(&scene.policy, scene.now);
	assert_true(asks(&scene));
	assert_int_equal(scene.ask.step, MAPPING_MAP);
	answer(&scene, MAPPING_GRANTED);
	assert_int_equal(scene.policy.state, PORT_MAPPED);
}

static void
test_ever_more_rarely(void **state)
{
	struct scene scene;
	int64_t wait, last = 0;
	int i;

	(void)state;
	set_up(&scene);
	for (i = 0; i < 12; i++) {
		assert_true(asks(&scene));
		answer(&scene, MAPPING_NOT_ANSWERED);
		wait = pass_until_due(&scene);
		if (i < 6)
			assert_true(wait > last);
		last = wait;
	}
	assert_in_range(
	    last, PORT_POLICY_RETRY_MAX_S - 1, PORT_POLICY_RETRY_MAX_S * 9 / 8);
	/* A full table is not filled by asking. */
	set_up(&scene);
	assert_true(asks(&scene));
	answer(&scene, MAPPING_TABLE_FULL);
	assert_true(pass_until_due(&scene) >= PORT_POLICY_RETRY_MAX_S - 1);
}

/* Anyone on the LAN can forge an announcement. */
static void
test_hints(void **state)
{
	struct scene scene;

	(void)state;
	set_up_mapped(&scene);
	assert_true(port_policy_hint(&scene.policy, scene.now));
	assert_false(port_policy_hint(&scene.policy, scene.now));
	assert_true(pass_until_due(&scene) <= 1);
	assert_true(asks(&scene));
	assert_int_equal(scene.ask.step, MAPPING_MAP);
	assert_int_equal(scene.ask.protocol, MAPPING_PCP);
	answer(&scene, MAPPING_GRANTED);
	pass(&scene, PORT_POLICY_HINT_S);
	assert_true(port_policy_hint(&scene.policy, scene.now));
}

static void
test_odd_leases(void **state)
{
	static const uint32_t leases[] = { 0, 1, UINT32_MAX };
	struct scene scene;
	int64_t wait;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(leases) / sizeof(leases[0]); i++) {
		set_up(&scene);
		scene.grant.lifetime_s = leases[i];
		assert_true(asks(&scene));
		answer(&scene, MAPPING_GRANTED);
		wait = monotime_since_ms(scene.policy.renew, scene.now) / S;
		assert_in_range(wait, PORT_POLICY_RENEW_MIN_S,
		    PORT_POLICY_LIFETIME_MAX_S * 9 / 16);
	}
}

static void
test_end(void **state)
{
	struct scene scene;

	(void)state;
	set_up(&scene);
	assert_false(port_policy_end(&scene.policy, &scene.ask));
	set_up_mapped(&scene);
	assert_true(port_policy_end(&scene.policy, &scene.ask));
	assert_int_equal(scene.ask.step, MAPPING_DELETE);
	assert_int_equal(scene.ask.external_port, 4002);
	assert_int_equal(scene.ask.nonce[0], 7);
	pass(&scene, 100000);
	assert_false(asks(&scene));
	assert_int_equal(port_policy_due(&scene.policy).us, INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_granted_and_renewed),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_refused_renewal),
		cmocka_unit_test(test_router_restarts),
		cmocka_unit_test(test_lost_or_moved),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_ever_more_rarely),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_odd_leases),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
