#include "tests/unit/support/test_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/monotime.h"
#include "common/libp2p/keys/identity_key.h"

enum { TEST_PATIENCE_MS = 30000 };

void
test_identity(struct noise_identity *ret, struct peer_id *ret_id)
{
	uint8_t message[64];
	struct identity_key key;
	size_t prefix = strlen(NOISE_SIGNATURE_PREFIX);

	identity_key_make(&key);
	assert_int_equal(noise_identity_make_static(ret), 0);
	memcpy(ret->identity_key, key.public_protobuf,
	    sizeof(key.public_protobuf));
	ret->identity_key_len = sizeof(key.public_protobuf);
	memcpy(message, NOISE_SIGNATURE_PREFIX, prefix);
	memcpy(message + prefix, ret->static_public, NOISE_KEY_SIZE);
	ret->signature_len = IDENTITY_SIGNATURE_SIZE;
	assert_int_equal(identity_key_sign(&key,
			     (struct bytes){ message, prefix + NOISE_KEY_SIZE },
			     ret->signature),
	    0);
	assert_int_equal(
	    peer_id_of_public_key((struct bytes){ key.public_protobuf,
				      sizeof(key.public_protobuf) },
		ret_id),
	    0);
}

static void
on_connected(struct host *host, const struct peer_id *peer,
    const struct multiaddr *address, bool is_inbound, void *arg)
{
	struct test_host *test = arg;

	(void)host;
	(void)peer;
	(void)address;
	(void)is_inbound;
	test->connected++;
}

static void
on_identified(struct host *host, const struct peer_id *peer, void *arg)
{
	struct test_host *test = arg;

	(void)host;
	(void)peer;
	test->identified++;
}

static void
on_disconnected(struct host *host, const struct peer_id *peer, void *arg)
{
	struct test_host *test = arg;

	(void)host;
	test->disconnected++;
	if (test->on_disconnected != NULL)
		test->on_disconnected(test, peer);
}

void
test_host_open(struct test_host *test, struct event_base *base,
    const struct host_limits *limits)
{
	static const struct host_observer observer = {
		.on_connected = on_connected,
		.on_identified = on_identified,
		.on_disconnected = on_disconnected,
	};
	struct host_config config = {
		.base = base,
		.identity = &test->identity,
		.agent_version = "test/1",
		.protocol_version = "test",
		.limits = limits != NULL ? *limits : host_default_limits,
	};

	memset(test, 0, sizeof(*test));
	test->base = base;
	test_identity(&test->identity, &test->id);
	config.self = test->id;
	assert_int_equal(host_new(&config, &observer, test, &test->host), 0);
}

void
test_host_close(struct test_host *test)
{
	host_free(test->host);
	noise_identity_wipe(&test->identity);
}

void
test_host_introduce(struct test_host *a, const struct test_host *b)
{
	struct multiaddr address;
	char text[64];

	snprintf(text, sizeof(text), "/ip4/127.0.0.1/tcp/%u",
	    (unsigned int)host_port(b->host));
	assert_int_equal(multiaddr_parse(text, &address), 0);
	host_learn(a->host, &b->id, &address, 600000);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
test_loop_until(struct event_base *base, bool (*is_done)(void *arg), void *arg)
{
	struct timeval tick = { 0, 5000 };
	struct event *timer = event_new(base, -1, EV_PERSIST, on_tick, NULL);
	struct monotime end = monotime_add_ms(monotime_now(), TEST_PATIENCE_MS);

	event_add(timer, &tick);
	while (!is_done(arg) && !monotime_reached(monotime_now(), end))
		event_base_loop(base, EVLOOP_ONCE);
	event_free(timer);
	if (!is_done(arg))
		fail_msg("what the test waits for did not happen");
}

static bool
is_past(void *arg)
{
	return monotime_reached(monotime_now(), *(struct monotime *)arg);
}

void
test_loop_for(struct event_base *base, int ms)
{
	struct monotime end = monotime_add_ms(monotime_now(), ms);

	test_loop_until(base, is_past, &end);
}
