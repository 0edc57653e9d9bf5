/* pubsub: real hosts in one process, connected over loopback */
#include "common/libp2p/pubsub/pubsub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xalloc.h"
#include "common/libp2p/gossipsub/gossipsub.h"
#include "tests/unit/support/noise_peer.h"

#define TOPIC "goop.presence.v1"

enum { PEERS = 3, GIVE_UP_S = 60 };

struct party {
	struct identity_key key;
	struct noise_identity identity;
	struct host *host;
	struct pubsub *pubsub;
	struct peer_id last_author;
	char last[64];
	size_t last_len;
	unsigned int messages;
	unsigned int subscribers;
	unsigned int left; /* subscribers, ever */
	unsigned int disconnects;
};

static struct event_base *base;
static struct party parties[PEERS];

static void
on_identified(struct host *host, const struct peer_id *peer, void *arg)
{
	struct party *party = arg;

	(void)host;
	if (party->pubsub != NULL)
		pubsub_on_identified(party->pubsub, peer);
}

static void
on_disconnected(struct host *host, const struct peer_id *peer, void *arg)
{
	struct party *party = arg;

	(void)host;
	party->disconnects++;
	if (party->pubsub != NULL)
		pubsub_on_disconnected(party->pubsub, peer);
}

static void
on_message(struct pubsub *pubsub, const char *topic,
    const struct peer_id *author, uint64_t seqno, struct bytes data, void *arg)
{
	struct party *party = arg;

	assert_ptr_equal(pubsub, party->pubsub);
	assert_string_equal(topic, TOPIC);
	assert_true(seqno > 0);
	party->messages++;
	party->last_author = *author;
	party->last_len = data.len;
	snprintf(party->last, sizeof(party->last), "%.*s",
	    data.len < 60 ? (int)data.len : 60, data.data);
}

static void
on_subscriber(struct pubsub *pubsub, const char *topic,
    const struct peer_id *peer, bool joined, void *arg)
{
	struct party *party = arg;

	(void)pubsub;
	(void)peer;
	assert_string_equal(topic, TOPIC);
	party->subscribers += joined ? 1u : -1u;
	party->left += !joined;
}

static int
sign(struct bytes message, uint8_t signature[64], void *arg)
{
	return identity_key_sign(
	    &((struct party *)arg)->key, message, signature);
}

static const struct host_observer host_observer = {
	.on_identified = on_identified,
	.on_disconnected = on_disconnected,
};
static const struct pubsub_observer pubsub_observer = {
	.on_message = on_message,
	.on_subscriber = on_subscriber,
};

static void
party_init(struct party *party, uint8_t seed, bool has_pubsub)
{
	struct host_config config = {
		.base = base,
		.agent_version = "goop2/test",
		.protocol_version = "goop/1.0.0",
		.limits = host_default_limits,
	};

	memset(party, 0, sizeof(*party));
	party->key = noise_peer_key(seed);
	party->identity = noise_peer_make(seed, seed, seed);
	config.identity = &party->identity;
	config.self = noise_peer_id(seed);
	assert_int_equal(
	    host_new(&config, &host_observer, party, &party->host), 0);
	if (!has_pubsub)
		return;
	party->pubsub = pubsub_new(party->host, &pubsub_observer, sign, party);
	pubsub_join(party->pubsub, TOPIC);
}

static void
set_up_parties(size_t with_pubsub)
{
	static const uint8_t seeds[PEERS] = { 0x11, 0x22, 0x33 };
	size_t i;

	base = event_base_new();
	for (i = 0; i < PEERS; i++)
		party_init(&parties[i], seeds[i], i < with_pubsub);
}

static int
set_up(void **state)
{
	(void)state;
	set_up_parties(PEERS);
	return 0;
}

/* The last one has no pubsub and says what it is told to say. */
static int
set_up_one_bare(void **state)
{
	(void)state;
	set_up_parties(PEERS - 1);
	return 0;
}

static int
tear_down(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < PEERS; i++) {
		pubsub_free(parties[i].pubsub);
		parties[i].pubsub = NULL;
		host_free(parties[i].host);
	}
	event_base_free(base);
	return 0;
}

static void
on_connected(struct host *host, struct stream *stream, int error, void *arg)
{
	(void)host;
	(void)arg;
	assert_null(stream);
	assert_int_equal(error, 0);
}

static void
dial(size_t from, size_t to)
{
	char text[64];
	struct multiaddr address;

	snprintf(text, sizeof(text), "/ip4/127.0.0.1/tcp/%u",
	    host_port(parties[to].host));
	assert_int_equal(multiaddr_parse(text, &address), 0);
	host_learn(
	    parties[from].host, host_self(parties[to].host), &address, 60000);
	host_connect(parties[from].host, host_self(parties[to].host), 10000,
	    on_connected, NULL);
}

/* Turn the loop until a number is what it should be. */
static void
await(const unsigned int *number, unsigned int want, const char *what)
{
	struct timeval slice = { .tv_usec = 10000 };
	int64_t give_up = walltime_ms() + GIVE_UP_S * 1000;

	while (*number != want) {
		if (walltime_ms() > give_up)
			fail_msg("%s: %u, not %u", what, *number, want);
		event_base_loopexit(base, &slice);
		event_base_dispatch(base);
	}
}

static void
say(size_t from, const char *text, size_t peers)
{
	size_t reached;

	assert_int_equal(pubsub_publish(parties[from].pubsub, TOPIC,
			     bytes_of(text), &reached),
	    0);
	assert_int_equal(reached, peers);
}

static void
test_both_ways(void **state)
{
	(void)state;
	dial(0, 1);
	await(&parties[0].subscribers, 1, "dialer's subscribers");
	await(&parties[1].subscribers, 1, "listener's subscribers");
	say(0, "from the dialer", 1);
	await(&parties[1].messages, 1, "messages of the listener");
	assert_string_equal(parties[1].last, "from the dialer");
	assert_true(
	    peer_id_equal(&parties[1].last_author, host_self(parties[0].host)));
	say(1, "from the listener", 1);
	await(&parties[0].messages, 1, "messages of the dialer");
	assert_string_equal(parties[0].last, "from the listener");
}

static void
test_relayed(void **state)
{
	(void)state;
	dial(0, 1);
	dial(2, 1);
	await(&parties[1].subscribers, 2, "subscribers in the middle");
	await(&parties[0].subscribers, 1, "subscribers at one end");
	await(&parties[2].subscribers, 1, "subscribers at the other end");
	say(0, "pass it on", 1);
	await(&parties[2].messages, 1, "messages at the other end");
	assert_string_equal(parties[2].last, "pass it on");
	assert_true(
	    peer_id_equal(&parties[2].last_author, host_self(parties[0].host)));
	assert_int_equal(parties[1].messages, 1);
}

static void
test_large(void **state)
{
	char *large = xzalloc(PUBSUB_DATA_MAX + 1);
	unsigned int i;

	(void)state;
	memset(large, 'x', PUBSUB_DATA_MAX);
	dial(0, 1);
	await(&parties[0].subscribers, 1, "subscribers");
	for (i = 1; i <= 8; i++) {
		say(0, large, 1);
		await(&parties[1].messages, i, "messages");
		assert_int_equal(parties[1].last_len, PUBSUB_DATA_MAX);
	}
	free(large);
}

static void
test_leave_and_part(void **state)
{
	(void)state;
	dial(0, 1);
	await(&parties[0].subscribers, 1, "subscribers");
	await(&parties[1].subscribers, 1, "subscribers of the other");
	pubsub_leave(parties[1].pubsub, TOPIC);
	await(&parties[0].subscribers, 0, "subscribers after leaving");
	say(0, "to nobody", 0);
	pubsub_join(parties[1].pubsub, TOPIC);
	await(&parties[0].subscribers, 1, "subscribers after joining");
	host_disconnect(parties[0].host, host_self(parties[1].host));
	await(&parties[0].subscribers, 0, "subscribers after parting");
	assert_int_equal(parties[0].disconnects, 1);
	assert_int_equal(
	    gossipsub_usage(pubsub_router(parties[0].pubsub)).peers, 0);
	await(&parties[1].disconnects, 1, "disconnects of the other");
	dial(1, 0);
	await(&parties[0].subscribers, 1, "subscribers after coming back");
	say(0, "hello again", 1);
	await(&parties[1].messages, 1, "messages");
}

/* A stream of our own making beside those of pubsub. */
struct raw {
	struct stream *stream;
	unsigned int opened, closed, received;
	enum stream_end end;
};

static size_t
raw_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	(void)stream;
	((struct raw *)arg)->received++;
	return bytes.len;
}

static void
raw_on_end(struct stream *stream, void *arg)
{
	(void)stream;
	((struct raw *)arg)->received++;
}

static void
raw_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct raw *raw = arg;

	(void)stream;
	raw->closed++;
	raw->end = end;
}

static void
raw_on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = raw_on_data,
		.on_end = raw_on_end,
		.on_close = raw_on_close,
	};
	struct raw *raw = arg;

	(void)host;
	assert_int_equal(error, 0);
	raw->stream = stream;
	raw->opened++;
	stream_set_handler(stream, &handler, raw);
}

static void
raw_open(struct raw *raw, size_t from, size_t to)
{
	static const char *const protocols[] = { "/meshsub/1.1.0" };

	*raw = (struct raw){ 0 };
	host_open(parties[from].host, host_self(parties[to].host), protocols, 1,
	    10000, raw_on_opened, raw);
	await(&raw->opened, 1, "raw stream");
}

static void
raw_write(const struct raw *raw, const void *data, size_t len)
{
	assert_int_equal(
	    stream_write(raw->stream, (struct bytes){ data, len }), 0);
}

/* One stream in: the newer. Pubsub opens its own again, having lost it, and
 * that replaces ours. All the time nothing is said on a stream that comes in,
 * and it is not finished. */
static void
test_newer_stream_replaces(void **state)
{
	static struct raw raw;

	(void)state;
	dial(0, 1);
	await(&parties[1].subscribers, 1, "subscribers");
	raw_open(&raw, 0, 1);
	raw_write(&raw, "", 1); /* an empty hello, as go may say */
	await(&raw.closed, 1, "end of the raw stream");
	assert_int_equal(raw.end, STREAM_RESET);
	assert_int_equal(raw.received, 0);
	await(&parties[0].subscribers, 1, "subscribers of the other");
	while (parties[1].messages == 0) {
		pubsub_publish(
		    parties[0].pubsub, TOPIC, bytes_of("here again"), NULL);
		await(&parties[1].subscribers, 1, "subscribers after all");
		event_base_loop(base, EVLOOP_ONCE);
	}
	assert_string_equal(parties[1].last, "here again");
}

static void
test_not_frames(void **state)
{
	static const struct {
		const char *name, *data;
		size_t len;
	} cases[] = {
		{ "an endless length", "\xff\xff\xff\xff\xff\xff", 6 },
		{ "a megabyte and one", "\x81\x80\x40", 3 },
		{ "not the shortest form", "\x80\x00", 2 },
	};
	static struct raw raw;
	size_t i;

	(void)state;
	dial(2, 1);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		raw_open(&raw, 2, 1);
		raw_write(&raw, cases[i].data, cases[i].len);
		await(&raw.closed, 1, cases[i].name);
		/* with the connection: peers open no second stream */
		assert_int_equal(raw.end, STREAM_LOST);
	}
}

/* A large RPC of nothing we know, then subscriptions byte by byte */
static void
test_in_pieces(void **state)
{
	static const char rpc[] = "\x16\x0a\x14\x08\x01\x12\x10" TOPIC
				  "\x16\x0a\x14\x08\x00\x12\x10" TOPIC;
	static struct raw raw;
	const size_t large = 900 * 1024;
	uint8_t *skipped = xzalloc(large + 7);
	size_t i;

	(void)state;
	dial(2, 1);
	raw_open(&raw, 2, 1);
	/* 0x7a: field 15, unknown, of that many bytes */
	memcpy(skipped, "\x84\xa0\x38\x7a\x80\xa0\x38", 7);
	raw_write(&raw, skipped, large + 7);
	for (i = 0; i < sizeof(rpc) - 1; i++) {
		raw_write(&raw, rpc + i, 1);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	await(&parties[1].left, 1, "who joined and left");
	assert_int_equal(parties[1].subscribers, 0);
	assert_int_equal(raw.closed, 0);
	free(skipped);
}

#define WITH_HOSTS(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#define WITH_ONE_BARE(test) \
	cmocka_unit_test_setup_teardown(test, set_up_one_bare, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_HOSTS(test_both_ways),
		WITH_HOSTS(test_relayed),
		WITH_HOSTS(test_large),
		WITH_HOSTS(test_leave_and_part),
		WITH_HOSTS(test_newer_stream_replaces),
		WITH_ONE_BARE(test_not_frames),
		WITH_ONE_BARE(test_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
