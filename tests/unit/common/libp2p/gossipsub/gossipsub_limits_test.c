/* gossipsub: what strangers cannot make it do */
#include "common/libp2p/gossipsub/gossipsub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/libp2p/gossipsub/gossipsub_cache.h"
#include "common/libp2p/gossipsub/gossipsub_score.h"
#include "common/libp2p/gossipsub/gossipsub_seen.h"
#include "tests/unit/support/gossip_scene.h"

static void
test_flood_is_limited(void **state)
{
	size_t a = scene_add(GOSSIPSUB_V1_1, true);
	size_t b = scene_add(GOSSIPSUB_V1_1, true);
	unsigned int i;

	(void)state;
	for (i = 0; i < GOSSIPSUB_PEER_CHECKS_BURST + 50; i++) {
		scene->peers[a].seqno++;
		tell_message(a, &scene->peers[a], SCENE_TOPIC, "again", false);
	}
	assert_int_equal(scene->deliveries, GOSSIPSUB_PEER_CHECKS_BURST);
	tell_message(b, &scene->peers[b], SCENE_TOPIC, "me too", false);
	assert_int_equal(scene->deliveries, GOSSIPSUB_PEER_CHECKS_BURST + 1);
	scene_beat(1);
	tell_message(a, &scene->peers[a], SCENE_TOPIC, "the last again", false);
	assert_int_equal(scene->deliveries, GOSSIPSUB_PEER_CHECKS_BURST + 2);
	assert_true(scene_score(a) == 0);
}

static void
test_malformed_rpcs_cost(void **state)
{
	size_t a = scene_add(GOSSIPSUB_V1_1, true);
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++)
		gossipsub_receive(scene->router, &scene->peers[a].id,
		    bytes_of("\xff\xff\xff"), scene->now);
	assert_true(scene_score(a) < GOSSIPSUB_SCORE_GRAYLIST);
}

static void
test_backoff_is_capped(void **state)
{
	static const uint64_t cases[] = { UINT64_MAX, INT64_MAX,
		UINT64_MAX / 1000, (uint64_t)INT64_MAX + 1, 3601 };
	size_t i, a;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		a = scene_add(GOSSIPSUB_V1_1, true);
		assert_true(scene_in_mesh(a));
		tell_prune(a, SCENE_TOPIC, cases[i]);
		assert_false(scene_in_mesh(a));
	}
	scene_beat(GOSSIPSUB_BACKOFF_MAX_S - 5);
	assert_int_equal(gossipsub_usage(scene->router).backoffs, i);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_false(scene_in_mesh(i));
	scene_beat(10);
	assert_int_equal(gossipsub_usage(scene->router).backoffs, 0);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_true(scene_in_mesh(i));
}

static void
test_full_mesh_refuses(void **state)
{
	size_t i, a;

	(void)state;
	for (i = 0; i < GOSSIPSUB_D_HIGH; i++) {
		a = scene_add(GOSSIPSUB_V1_1, true);
		tell_graft(a, SCENE_TOPIC);
		assert_true(scene_in_mesh(a));
	}
	a = scene_add(GOSSIPSUB_V1_1, true);
	tell_graft(a, SCENE_TOPIC);
	assert_false(scene_in_mesh(a));
	assert_int_equal(scene->peers[a].prunes, 1);
	assert_true(scene_score(a) == 0);
	tell_graft(a, "nobody's topic");
	assert_int_equal(scene->peers[a].prunes, 1);
}

static void
test_ihave_is_limited(void **state)
{
	size_t a = scene_add(GOSSIPSUB_V1_1, true);
	ProtobufCBinaryData *wires;
	struct pubsub_id *ids;
	uint64_t i;

	(void)state;
	for (i = 0; i < 20; i++)
		tell_id(a, SCENE_TOPIC, &scene->peers[a], 10 + i, false);
	assert_int_equal(scene->peers[a].iwants, GOSSIPSUB_IHAVE_MAX);
	scene->peers[a].seqno = 10;
	for (i = 0; i < 20; i++, scene->peers[a].seqno++)
		tell_message(a, &scene->peers[a], SCENE_TOPIC, "kept", false);
	scene_beat(5);
	assert_true(scene_score(a) == 0);
	scene_forget(&scene->peers[a]);
	ids = xreallocarray(NULL, 6000, sizeof(*ids));
	wires = xreallocarray(NULL, 6000, sizeof(*wires));
	for (i = 0; i < 6000; i++) {
		pubsub_id_make(&scene->peers[a].id, 1000 + i, &ids[i]);
		wires[i] = pubsub_field_of(pubsub_id_encode(&ids[i], false));
	}
	tell_ids(a, SCENE_TOPIC, wires, 6000);
	tell_ids(a, SCENE_TOPIC, wires, 6000);
	assert_int_equal(scene->peers[a].ids, GOSSIPSUB_IHAVE_IDS_MAX);
	free(ids);
	free(wires);
}

static void
test_iwant_is_served_thrice(void **state)
{
	size_t a = scene_add(GOSSIPSUB_V1_1, true);
	size_t b = scene_add(GOSSIPSUB_V1_1, true);
	unsigned int i;

	(void)state;
	tell_message(a, &scene->peers[a], SCENE_TOPIC, "x", false);
	scene_forget(&scene->peers[b]);
	for (i = 0; i < 5; i++)
		tell_id(b, NULL, &scene->peers[a], 1, i % 2 == 0);
	assert_int_equal(scene->peers[b].messages, GOSSIPSUB_SERVED_MAX);
	tell_id(a, NULL, &scene->peers[a], 1, false);
	assert_int_equal(scene->peers[a].messages, 1);
	scene_beat(GOSSIPSUB_CACHE_WINDOWS);
	tell_id(a, NULL, &scene->peers[a], 1, false);
	assert_int_equal(scene->peers[a].messages, 1);
}

static void
test_topics_are_limited(void **state)
{
	size_t a = scene_add(GOSSIPSUB_V1_1, false);
	char name[PUBSUB_TOPIC_MAX + 2];
	unsigned int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "topic %u", i);
		tell_subscription(a, name, true);
	}
	assert_int_equal(gossipsub_usage(scene->router).topics,
	    1 + GOSSIPSUB_TOPICS_PER_PEER_MAX);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	tell_subscription(a, "topic 1", false);
	tell_subscription(a, name, true);
	tell_subscription(a, "", true);
	tell_subscription(a, "\xff", true);
	assert_int_equal(gossipsub_usage(scene->router).topics,
	    GOSSIPSUB_TOPICS_PER_PEER_MAX);
	gossipsub_remove_peer(scene->router, &scene->peers[a].id);
	assert_int_equal(gossipsub_usage(scene->router).topics, 1);
}

static void
say_anything(size_t peer)
{
	char topic[16];

	snprintf(topic, sizeof(topic), "%u", random_below(200));
	switch (random_below(8)) {
	case 0:
		tell_subscription(peer, topic, random_below(3) > 0);
		break;
	case 1:
		tell_subscription(peer, SCENE_TOPIC, random_below(3) > 0);
		break;
	case 2:
		tell_graft(peer, random_below(2) ? SCENE_TOPIC : topic);
		break;
	case 3:
		tell_prune(peer, SCENE_TOPIC, UINT64_MAX >> random_below(64));
		break;
	case 4:
		tell_id(peer, SCENE_TOPIC, &scene->peers[0],
		    random_below(100000), random_below(2) == 0);
		break;
	case 5:
		tell_id(peer, NULL, &scene->peers[0], random_below(1000),
		    random_below(2) == 0);
		break;
	case 6:
		scene->peers[peer].seqno++;
		tell_message(peer, &scene->peers[peer], SCENE_TOPIC, "one more",
		    random_below(50) == 0);
		break;
	default:
		gossipsub_remove_peer(scene->router, &scene->peers[peer].id);
		gossipsub_add_peer(scene->router, &scene->peers[peer].id,
		    random_below(2) == 0, scene->now);
		gossipsub_set_protocol(
		    scene->router, &scene->peers[peer].id, random_below(4));
		scene_drain();
		break;
	}
}

static void
test_hostile_run_stays_bounded(void **state)
{
	struct gossipsub_usage usage;
	unsigned int i;

	(void)state;
	for (i = 0; i < SCENE_PEERS_MAX; i++)
		scene_add(GOSSIPSUB_V1_1, true);
	for (i = 0; i < 20000; i++) {
		say_anything(random_below(SCENE_PEERS_MAX));
		if (i % 50 == 0)
			scene_beat(1);
	}
	usage = gossipsub_usage(scene->router);
	assert_in_range(usage.peers, 1, SCENE_PEERS_MAX);
	assert_in_range(usage.topics, 1,
	    1 + SCENE_PEERS_MAX * GOSSIPSUB_TOPICS_PER_PEER_MAX);
	assert_in_range(usage.backoffs, 0, SCENE_PEERS_MAX);
	assert_in_range(usage.scores, 0, SCENE_PEERS_MAX);
	assert_in_range(usage.cached_bytes, 0, GOSSIPSUB_CACHE_BYTES_MAX);
	assert_int_equal(usage.events, 0);
	for (i = 0; i < SCENE_PEERS_MAX; i++)
		gossipsub_remove_peer(scene->router, &scene->peers[i].id);
	scene_drain();
	scene_beat(GOSSIPSUB_BACKOFF_MAX_S + 5);
	usage = gossipsub_usage(scene->router);
	assert_int_equal(usage.peers + usage.backoffs + usage.scores +
			     usage.seen + usage.cached_messages,
	    0);
	assert_int_equal(usage.topics, 1);
}

static void
test_caches_are_bounded(void **state)
{
	struct gossipsub_cache *cache = gossipsub_cache_new();
	struct gossipsub_seen *seen = gossipsub_seen_new();
	struct gossipsub_message *message;
	struct pubsub_frame frame;
	struct pubsub_id id;
	uint64_t i;

	(void)state;
	for (i = 0; i < 2 * GOSSIPSUB_SEEN_MAX; i++) {
		pubsub_id_make(&scene->self.id, i, &id);
		gossipsub_seen_add(seen, &id, scene->now);
	}
	assert_int_equal(gossipsub_seen_count(seen), GOSSIPSUB_SEEN_MAX);
	assert_true(gossipsub_seen_has(seen, &id));
	for (i = 0; i < 50; i++) {
		frame.len = 100 * 1024;
		frame.data = xzalloc(frame.len);
		pubsub_id_make(&scene->self.id, i, &id);
		message = gossipsub_message_new(
		    &id, bytes_of(SCENE_TOPIC), &frame, 0, 1);
		gossipsub_cache_put(cache, message);
		gossipsub_message_unref(message);
	}
	assert_in_range(gossipsub_cache_bytes(cache),
	    GOSSIPSUB_CACHE_BYTES_MAX - 110 * 1024, GOSSIPSUB_CACHE_BYTES_MAX);
	assert_non_null(gossipsub_cache_serve(cache, &id, 1));
	gossipsub_cache_free(cache);
	gossipsub_seen_free(seen);
}

#define IN_SCENE(test) \
	cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCENE(test_flood_is_limited),
		IN_SCENE(test_malformed_rpcs_cost),
		IN_SCENE(test_backoff_is_capped),
		IN_SCENE(test_full_mesh_refuses),
		IN_SCENE(test_ihave_is_limited),
		IN_SCENE(test_iwant_is_served_thrice),
		IN_SCENE(test_topics_are_limited),
		IN_SCENE(test_hostile_run_stays_bounded),
		IN_SCENE(test_caches_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
