/* gossipsub: what one router does with what its peers say */
#include "common/libp2p/gossipsub/gossipsub.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xalloc.h"
#include "common/libp2p/gossipsub/gossipsub_cache.h"
#include "common/libp2p/gossipsub/gossipsub_score.h"
#include "tests/unit/support/gossip_scene.h"

static void
test_hello_and_graft(void **state)
{
	struct actor *peer;

	(void)state;
	peer = &scene->peers[scene_add(GOSSIPSUB_V1_1, false)];
	assert_int_equal(peer->subscribes, 1);
	assert_int_equal(peer->grafts, 0);
	tell_subscription(0, SCENE_TOPIC, true);
	assert_int_equal(scene->joined, 1);
	assert_int_equal(peer->grafts, 1);
	assert_true(scene_in_mesh(0));
	tell_subscription(0, SCENE_TOPIC, true);
	assert_int_equal(scene->joined, 1);
	tell_subscription(0, SCENE_TOPIC, false);
	assert_int_equal(scene->left, 1);
	assert_false(scene_in_mesh(0));
}

static void
test_stream_comes_late(void **state)
{
	size_t peer = scene_add(GOSSIPSUB_NONE, true);

	(void)state;
	assert_int_equal(scene->peers[peer].subscribes, 0);
	tell_graft(peer, SCENE_TOPIC);
	assert_true(scene_in_mesh(peer));
	gossipsub_set_protocol(
	    scene->router, &scene->peers[peer].id, GOSSIPSUB_V1_1);
	assert_int_equal(scene->peers[peer].subscribes, 1);
	gossipsub_set_protocol(
	    scene->router, &scene->peers[peer].id, GOSSIPSUB_NONE);
	assert_false(scene_in_mesh(peer));
	scene_beat(3);
	assert_false(scene_in_mesh(peer));
}

static void
test_delivered_once_and_passed_on(void **state)
{
	size_t a = scene_add(GOSSIPSUB_V1_1, true);
	size_t b = scene_add(GOSSIPSUB_V1_1, true);
	size_t flood = scene_add(GOSSIPSUB_FLOODSUB, true);
	struct actor *author = &scene->peers[a];

	(void)state;
	tell_message(a, author, SCENE_TOPIC, "hello", false);
	tell_message(b, author, SCENE_TOPIC, "hello", false);
	tell_message(a, author, SCENE_TOPIC, "hello", false);
	assert_int_equal(scene->deliveries, 1);
	assert_string_equal(scene->data, "hello");
	assert_int_equal(scene->peers[a].messages, 0);
	assert_int_equal(scene->peers[b].messages, 1);
	assert_int_equal(scene->peers[flood].messages, 1);
	assert_int_equal(scene->peers[flood].grafts, 0);
	assert_false(scene_in_mesh(flood));
}

static void
test_not_for_us(void **state)
{
	size_t a = scene_add(GOSSIPSUB_V1_1, true);

	(void)state;
	tell_message(a, &scene->peers[a], "another", "x", false);
	tell_message(a, &scene->self, SCENE_TOPIC, "from ourselves?", false);
	assert_int_equal(scene->deliveries, 0);
	assert_true(scene_score(a) == 0);
}

static void
test_forgery_does_not_block(void **state)
{
	size_t bad = scene_add(GOSSIPSUB_V1_1, true);
	size_t good = scene_add(GOSSIPSUB_V1_1, true);

	(void)state;
	tell_message(bad, &scene->peers[good], SCENE_TOPIC, "hello", true);
	assert_int_equal(scene->deliveries, 0);
	assert_true(scene_score(bad) < 0);
	tell_message(good, &scene->peers[good], SCENE_TOPIC, "hello", false);
	assert_int_equal(scene->deliveries, 1);
	assert_true(scene_score(good) == 0);
	scene_beat(1);
	assert_false(scene_in_mesh(bad));
	assert_true(scene_in_mesh(good));
}

static void
test_forger_is_graylisted(void **state)
{
	size_t bad = scene_add(GOSSIPSUB_V1_1, true);
	size_t good = scene_add(GOSSIPSUB_V1_1, true);
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		scene->peers[good].seqno = 100 + i;
		tell_message(
		    bad, &scene->peers[good], SCENE_TOPIC, "lies", true);
	}
	assert_true(scene_score(bad) < GOSSIPSUB_SCORE_GRAYLIST);
	tell_message(bad, &scene->peers[bad], SCENE_TOPIC, "truth", false);
	assert_int_equal(scene->deliveries, 0);
	/* Hanging up does not help. */
	gossipsub_remove_peer(scene->router, &scene->peers[bad].id);
	gossipsub_add_peer(
	    scene->router, &scene->peers[bad].id, false, scene->now);
	tell_message(bad, &scene->peers[bad], SCENE_TOPIC, "truth", false);
	assert_int_equal(scene->deliveries, 0);
	tell_message(good, &scene->peers[good], SCENE_TOPIC, "news", false);
	assert_int_equal(scene->deliveries, 1);
	scene_beat(300);
	assert_true(scene_score(bad) == 0);
	tell_message(bad, &scene->peers[bad], SCENE_TOPIC, "truth", false);
	assert_int_equal(scene->deliveries, 2);
	assert_int_equal(gossipsub_usage(scene->router).scores, 0);
}

static void
test_graft_in_backoff(void **state)
{
	size_t a = scene_add(GOSSIPSUB_V1_1, true);

	(void)state;
	assert_true(scene_in_mesh(a));
	tell_prune(a, SCENE_TOPIC, 60);
	assert_false(scene_in_mesh(a));
	scene_beat(40);
	assert_false(scene_in_mesh(a));
	assert_int_equal(scene->peers[a].grafts, 1);
	tell_graft(a, SCENE_TOPIC);
	assert_int_equal(scene->peers[a].prunes, 1);
	assert_int_equal(scene->peers[a].backoff_s, GOSSIPSUB_PRUNE_BACKOFF_S);
	assert_true(scene_score(a) == -10);
	scene_beat(1);
	tell_graft(a, SCENE_TOPIC); /* a flood: twice as bad */
	assert_true(scene_score(a) < -70);
	scene_beat(70);
	assert_true(scene_in_mesh(a)); /* all is forgiven */
	assert_true(scene_score(a) == 0);
}

static void
test_ihave_asks_for_what_is_new(void **state)
{
	size_t a = scene_add(GOSSIPSUB_V1_1, true);
	struct actor *peer = &scene->peers[a];

	(void)state;
	tell_message(a, peer, SCENE_TOPIC, "seen", false);
	tell_id(a, SCENE_TOPIC, peer, 1, false);
	tell_id(a, SCENE_TOPIC, peer, 1, true);
	assert_int_equal(peer->iwants, 0);
	tell_id(a, SCENE_TOPIC, peer, 2, false);
	assert_int_equal(peer->iwants, 1);
	tell_id(a, "another", peer, 3, false);
	tell_id(a, SCENE_TOPIC, &scene->self, 3, false);
	assert_int_equal(peer->iwants, 1);
}

static void
test_broken_promise(void **state)
{
	size_t a = scene_add(GOSSIPSUB_V1_1, true);
	size_t b = scene_add(GOSSIPSUB_V1_1, true);

	(void)state;
	tell_id(a, SCENE_TOPIC, &scene->peers[b], 1, false);
	tell_id(b, SCENE_TOPIC, &scene->peers[b], 2, true);
	assert_int_equal(scene->peers[a].iwants, 1);
	scene_beat(2);
	assert_true(scene_score(a) == 0);
	tell_message(a, &scene->peers[b], SCENE_TOPIC, "kept by a", false);
	scene_beat(2);
	assert_true(scene_score(a) == 0);
	assert_true(scene_score(b) < 0);
}

static void
test_gossip_in_the_form_of_the_peer(void **state)
{
	static const char *const names[] = { "go", "js by agent", "js by ids" };
	size_t author, i, a[3];

	(void)state;
	for (i = 0; i < 3; i++) {
		a[i] = scene_add(GOSSIPSUB_V1_1, true);
		tell_prune(
		    a[i], SCENE_TOPIC, 600); /* gossip is for the others */
	}
	author = scene_add(GOSSIPSUB_V1_1, true);
	gossipsub_set_js(scene->router, &scene->peers[a[1]].id);
	tell_id(a[2], NULL, &scene->peers[author], 77, true);
	tell_message(author, &scene->peers[author], SCENE_TOPIC, "x", false);
	scene_beat(1);
	for (i = 0; i < 3; i++) {
		if (scene->peers[a[i]].ids != 1 ||
		    scene->peers[a[i]].js_ids != (i > 0))
			fail_msg("%s: %u ids, %u in js form", names[i],
			    scene->peers[a[i]].ids, scene->peers[a[i]].js_ids);
	}
	assert_int_equal(scene->peers[author].ids, 0);
	scene_beat(10);
	assert_int_equal(scene->peers[a[0]].ihaves, GOSSIPSUB_GOSSIP_WINDOWS);
}

static void
test_publish(void **state)
{
	uint8_t *large = xzalloc(PUBSUB_DATA_MAX + 1);
	size_t peers, i;

	(void)state;
	for (i = 0; i < 10; i++)
		scene_add(i == 9 ? GOSSIPSUB_FLOODSUB : GOSSIPSUB_V1_1, true);
	scene_add(GOSSIPSUB_V1_1, false);
	assert_int_equal(gossipsub_publish(scene->router, SCENE_TOPIC,
			     bytes_of("x"), scene->now, &peers),
	    0);
	assert_int_equal(peers, 10);
	assert_int_equal(
	    gossipsub_publish(scene->router, SCENE_TOPIC,
		(struct bytes){ large, PUBSUB_DATA_MAX }, scene->now, &peers),
	    0);
	assert_int_equal(gossipsub_publish(scene->router, SCENE_TOPIC,
			     (struct bytes){ large, PUBSUB_DATA_MAX + 1 },
			     scene->now, &peers),
	    -EMSGSIZE);
	assert_int_equal(gossipsub_publish(scene->router, "", bytes_of("x"),
			     scene->now, &peers),
	    -EINVAL);
	for (i = 0; i < 10; i++)
		assert_int_equal(scene->peers[i].messages, 2);
	assert_int_equal(scene->peers[10].messages, 0);
	scene->is_full = true;
	assert_int_equal(gossipsub_publish(scene->router, SCENE_TOPIC,
			     bytes_of("y"), scene->now, &peers),
	    0);
	assert_int_equal(peers, 0);
	free(large);
}

#define IN_SCENE(test) \
	cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCENE(test_hello_and_graft),
		IN_SCENE(test_stream_comes_late),
		IN_SCENE(test_delivered_once_and_passed_on),
		IN_SCENE(test_not_for_us),
		IN_SCENE(test_forgery_does_not_block),
		IN_SCENE(test_forger_is_graylisted),
		IN_SCENE(test_graft_in_backoff),
		IN_SCENE(test_ihave_asks_for_what_is_new),
		IN_SCENE(test_broken_promise),
		IN_SCENE(test_gossip_in_the_form_of_the_peer),
		IN_SCENE(test_publish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
