/* What siblings ask of a goopd, but for sites: goopd_site_test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "common/libp2p/keys/public_key.h"
#include "common/identity/signer_rules.h"
#include "tests/unit/support/goopd_pair.h"
#include "tests/unit/support/test_host.h"

static void
configure_label(struct peer *peer, const char *label)
{
	peer->config.label = (char *)(uintptr_t)label;
	goopd_configure(&peer->context);
}

static void
test_probe_and_profile(void **state)
{
	struct pair *pair = *state;
	struct peer_addresses ref = { .peer_id = pair->b.goopd->identity.text };
	struct peer_probe_reply reply;

	pair_ask_peer_probe(&pair->a, &ref, &reply);
	assert_false(reply.is_reachable);
	message_fini(&peer_probe_reply_message, &reply);
	pair_introduce(&pair->a, &pair->b);
	pair_ask_peer_probe(&pair->a, &ref, &reply);
	assert_true(reply.is_reachable);
	assert_string_equal(reply.label, "Alice");
	assert_non_null(strstr(reply.address, "/ip4/127.0.0.1/tcp/"));
	message_fini(&peer_probe_reply_message, &reply);
	configure_label(&pair->b, "Bob \xc3\xa9");
	pair_ask_peer_probe(&pair->a, &ref, &reply);
	assert_string_equal(reply.label, "Bob \xc3\xa9");
	message_fini(&peer_probe_reply_message, &reply);
	/* What is no label leaves the old one. */
	configure_label(&pair->b, "two\nlines");
	pair_ask_peer_probe(&pair->a, &ref, &reply);
	assert_string_equal(reply.label, "Bob \xc3\xa9");
	message_fini(&peer_probe_reply_message, &reply);
}

static bool
has_message(void *arg)
{
	return ((struct peer *)arg)->message[0] != '\0';
}

static bool
has_subscriber(void *arg)
{
	return ((struct peer *)arg)->subscribers > 0;
}

static void
test_pubsub(void **state)
{
	struct pair *pair = *state;
	struct topic_ref topic = { "test" };
	struct peer_addresses ref = { .peer_id = pair->b.goopd->identity.text };
	struct publish_request publish = { .topic = topic.topic,
		.data = { (const uint8_t *)"hello", 5 } };
	struct publish_reply reply;
	struct connections_reply connections;
	struct nothing nothing = { 0 };

	pair_introduce(&pair->a, &pair->b);
	pair_ask_pubsub_join(&pair->a, &topic, &nothing);
	pair_ask_pubsub_join(&pair->a, &topic, &nothing);
	pair_ask_pubsub_join(&pair->b, &topic, &nothing);
	pair_ask_peer_connect(&pair->a, &ref, &nothing);
	test_loop_until(pair->base, has_subscriber, &pair->a);
	pair_ask_pubsub_publish(&pair->a, &publish, &reply);
	assert_int_equal(reply.peers, 1);
	test_loop_until(pair->base, has_message, &pair->b);
	assert_string_equal(pair->b.message, "hello");
	pair_ask_connections(&pair->a, &nothing, &connections);
	assert_int_equal(connections.rows.count, 1);
	message_fini(&connections_reply_message, &connections);
}

/* The key is in the peer id: anybody can check what was signed. */
static void
test_signs_presence_and_nothing_else(void **state)
{
	static const char *const refused[] = { "", "goop-presence",
		"libp2p-pubsub:x", "goop-Presence:1\n" };
	struct pair *pair = *state;
	const struct goopd *goopd = pair->a.goopd;
	char text[] = "goop-presence:1\ntype 6 online\n";
	struct sign_request request = { { (uint8_t *)text, sizeof(text) - 1 } };
	struct bytes key = { goopd->identity.noise.identity_key,
		goopd->identity.noise.identity_key_len };
	struct sign_reply reply;
	size_t i;

	pair_ask_presence_sign(&pair->a, &request, &reply);
	assert_true(public_key_verify(key, bytes_of(text),
	    (struct bytes){ reply.signature.data, reply.signature.len }));
	message_fini(&sign_reply_message, &reply);
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		request.data =
		    (struct octets){ (uint8_t *)(uintptr_t)refused[i],
			    strlen(refused[i]) };
		assert_int_equal(
		    pair_ask_presence_sign_in_vain(&pair->a, &request),
		    BUS_FORBIDDEN);
	}
}

/* Whoever asks too often is told so; the signer's rate stands. */
static void
test_signs_so_many_a_minute(void **state)
{
	struct pair *pair = *state;
	struct sign_request request = { { (const uint8_t *)"goop-presence:",
	    14 } };
	struct sign_reply reply;
	struct bus_error error;
	enum bus_code code = BUS_OK;
	int i;

	for (i = 0; i < 10 * SIGNER_BURST && code == BUS_OK; i++) {
		code = ask_presence_sign_now(
		    pair->a.client, &request, BUDGET_MS, &reply, &error);
		if (code == BUS_OK)
			message_fini(&sign_reply_message, &reply);
	}
	assert_int_equal(code, BUS_BUSY);
	assert_true(i >= SIGNER_BURST / 2);
}

static void
test_identity_op(void **state)
{
	struct pair *pair = *state;
	struct identity_reply reply;
	struct nothing nothing = { 0 };

	pair_ask_identity(&pair->a, &nothing, &reply);
	assert_string_equal(reply.peer_id, pair->a.goopd->identity.text);
	assert_int_equal(reply.port, host_port(pair->a.goopd->host));
	assert_int_equal(strncmp(reply.peer_id_base36, "k51qzi5", 7), 0);
	message_fini(&identity_reply_message, &reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_probe_and_profile, pair_setup, pair_teardown),
		cmocka_unit_test_setup_teardown(
		    test_pubsub, pair_setup, pair_teardown),
		cmocka_unit_test_setup_teardown(
		    test_signs_presence_and_nothing_else, pair_setup,
		    pair_teardown),
		cmocka_unit_test_setup_teardown(
		    test_signs_so_many_a_minute, pair_setup, pair_teardown),
		cmocka_unit_test_setup_teardown(
		    test_identity_op, pair_setup, pair_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
