/* gossipsub: networks of routers, with an invented clock and no wires */
#include "common/libp2p/gossipsub/gossipsub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <cmocka.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/libp2p/keys/identity_key.h"
#include "common/libp2p/multiformats/uvarint.h"

#define TOPIC "goop.presence.v1"

enum { NODES_MAX = 20, MESSAGES_MAX = 64 };

struct network;

struct node {
	struct network *network;
	struct gossipsub *router;
	struct identity_key key;
	struct peer_id id;
	bool linked[NODES_MAX];
	unsigned int deliveries[MESSAGES_MAX]; /* by first byte of the data */
	unsigned int subscribers;
};

/* A frame on its way. */
struct letter {
	size_t from, to;
	uint8_t *data;
	size_t len;
	TAILQ_ENTRY(letter) next;
};

struct network {
	struct node nodes[NODES_MAX];
	size_t count;
	struct monotime now;
	bool loses_messages; /* all but control and gossip */
	TAILQ_HEAD(, letter) letters;
};

static int
node_sign(struct bytes message, uint8_t signature[64], void *arg)
{
	return identity_key_sign(
	    &((struct node *)arg)->key, message, signature);
}

static size_t
node_index(const struct network *network, const struct peer_id *id)
{
	size_t i;

	for (i = 0; i < network->count; i++)
		if (peer_id_equal(&network->nodes[i].id, id))
			return i;
	bug("no such node");
}

static bool
node_send(const struct peer_id *peer, struct bytes frame,
    enum gossipsub_urgency urgency, void *arg)
{
	struct node *node = arg;
	struct network *network = node->network;
	struct letter *letter;

	if (urgency == GOSSIPSUB_MESSAGE && network->loses_messages)
		return false;
	letter = xzalloc(sizeof(*letter));
	letter->from = node_index(network, &node->id);
	letter->to = node_index(network, peer);
	assert_true(node->linked[letter->to]);
	letter->data = xmemdup(frame.data, frame.len);
	letter->len = frame.len;
	TAILQ_INSERT_TAIL(&network->letters, letter, next);
	return true;
}

static void
node_drain(struct node *node)
{
	struct gossipsub_event event;

	while (gossipsub_next_event(node->router, &event)) {
		assert_string_equal(event.topic, TOPIC);
		if (event.type == GOSSIPSUB_SUBSCRIBED)
			node->subscribers++;
		else if (event.type == GOSSIPSUB_UNSUBSCRIBED)
			node->subscribers--;
		else
			node->deliveries[event.data.data[0]]++;
		gossipsub_event_fini(&event);
	}
}

/* Carry all letters, and those written in answer. */
static void
settle(struct network *network)
{
	struct letter *letter;
	struct bytes rpc;
	size_t len;

	while ((letter = TAILQ_FIRST(&network->letters)) != NULL) {
		TAILQ_REMOVE(&network->letters, letter, next);
		assert_int_equal(
		    uvarint_frame_decode(
			(struct bytes){ letter->data, letter->len },
			PUBSUB_RPC_MAX, &rpc, &len),
		    0);
		assert_int_equal(len, letter->len);
		gossipsub_receive(network->nodes[letter->to].router,
		    &network->nodes[letter->from].id, rpc, network->now);
		node_drain(&network->nodes[letter->to]);
		free(letter->data);
		free(letter);
	}
}

static void
link_nodes(struct network *network, size_t a, size_t b)
{
	struct node *one = &network->nodes[a], *other = &network->nodes[b];

	if (a == b || one->linked[b])
		return;
	one->linked[b] = other->linked[a] = true;
	gossipsub_add_peer(one->router, &other->id, true, network->now);
	gossipsub_add_peer(other->router, &one->id, false, network->now);
	gossipsub_set_protocol(one->router, &other->id, GOSSIPSUB_V1_1);
	gossipsub_set_protocol(other->router, &one->id, GOSSIPSUB_V1_1);
	settle(network);
}

static struct network *
network_new(size_t count)
{
	struct network *network = xzalloc(sizeof(*network));
	struct node *node;
	size_t i;

	TAILQ_INIT(&network->letters);
	network->count = count;
	network->now.us = 1000000;
	for (i = 0; i < count; i++) {
		node = &network->nodes[i];
		node->network = network;
		identity_key_make(&node->key);
		peer_id_of_public_key((struct bytes){ node->key.public_protobuf,
					  sizeof(node->key.public_protobuf) },
		    &node->id);
		node->router =
		    gossipsub_new(&(struct gossipsub_config){ .self = node->id,
				      .first_seqno = 1,
				      .sign = node_sign,
				      .send = node_send,
				      .arg = node },
			network->now);
		assert_int_equal(gossipsub_join(node->router, TOPIC), 0);
	}
	return network;
}

static void
network_free(struct network *network)
{
	size_t i;

	for (i = 0; i < network->count; i++)
		gossipsub_free(network->nodes[i].router);
	free(network);
}

static void
link_all(struct network *network)
{
	size_t i, j;

	for (i = 0; i < network->count; i++)
		for (j = i + 1; j < network->count; j++)
			link_nodes(network, i, j);
}

static void
heartbeats(struct network *network, unsigned int count)
{
	size_t i;

	for (; count > 0; count--) {
		network->now =
		    monotime_add_ms(network->now, GOSSIPSUB_HEARTBEAT_MS);
		for (i = 0; i < network->count; i++)
			gossipsub_heartbeat(
			    network->nodes[i].router, network->now);
		settle(network);
	}
}

static size_t
say(struct network *network, size_t from, uint8_t number)
{
	size_t peers;

	assert_int_equal(
	    gossipsub_publish(network->nodes[from].router, TOPIC,
		(struct bytes){ &number, 1 }, network->now, &peers),
	    0);
	settle(network);
	return peers;
}

/* Everybody got it exactly once, but the author, who gets no copy. */
static void
assert_heard(const struct network *network, size_t author, uint8_t number)
{
	size_t i;

	for (i = 0; i < network->count; i++)
		if (network->nodes[i].deliveries[number] != (i != author))
			fail_msg("node %zu of %zu got message %u of %zu "
				 "%u times",
			    i, network->count, number, author,
			    network->nodes[i].deliveries[number]);
}

static void
assert_degrees(const struct network *network, size_t low, size_t high)
{
	struct peer_id mesh[NODES_MAX];
	size_t i, size;

	for (i = 0; i < network->count; i++) {
		size = gossipsub_mesh(
		    network->nodes[i].router, TOPIC, mesh, NODES_MAX);
		if (size < low || size > high)
			fail_msg("node %zu of %zu has %zu mesh peers", i,
			    network->count, size);
	}
}

static void
test_all_linked(void **state)
{
	static const size_t sizes[] = { 2, 5, 20 };
	struct network *network;
	uint8_t number;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		network = network_new(sizes[i]);
		link_all(network);
		heartbeats(network, 3);
		for (number = 0; number < 20; number++) {
			assert_int_equal(
			    say(network, number % sizes[i], number),
			    sizes[i] - 1);
			assert_heard(network, number % sizes[i], number);
		}
		heartbeats(network, 10);
		for (number = 0; number < 20; number++)
			assert_heard(network, number % sizes[i], number);
		assert_int_equal(network->nodes[0].subscribers, sizes[i] - 1);
		network_free(network);
	}
}

/* Nobody knows more than four others: messages must be relayed. */
static void
test_sparse(void **state)
{
	struct network *network = network_new(20);
	uint8_t number;
	size_t i;

	(void)state;
	for (i = 0; i < network->count; i++) {
		link_nodes(network, i, (i + 1) % network->count);
		link_nodes(network, i, (i + 7) % network->count);
	}
	heartbeats(network, 3);
	for (number = 0; number < 20; number++) {
		say(network, number, number);
		assert_heard(network, number, number);
	}
	network_free(network);
}

static void
test_degrees_converge(void **state)
{
	struct network *network = network_new(20);

	(void)state;
	link_all(network);
	/* Those pruned in the rush of the start wait a minute. */
	heartbeats(network, 70);
	assert_degrees(network, GOSSIPSUB_D_LOW, GOSSIPSUB_D_HIGH);
	heartbeats(network, 200);
	assert_degrees(network, GOSSIPSUB_D_LOW, GOSSIPSUB_D_HIGH);
	network_free(network);
}

static void
test_gossip_alone_delivers(void **state)
{
	struct network *network = network_new(20);

	(void)state;
	link_all(network);
	heartbeats(network, 5);
	network->loses_messages = true;
	assert_int_equal(say(network, 3, 1), 0);
	heartbeats(network, 10);
	assert_heard(network, 3, 1);
	network_free(network);
}

static void
test_node_comes_back(void **state)
{
	struct network *network = network_new(3);
	struct node *nodes = network->nodes;

	(void)state;
	link_nodes(network, 0, 1);
	link_nodes(network, 1, 2);
	heartbeats(network, 2);
	gossipsub_remove_peer(nodes[1].router, &nodes[2].id);
	gossipsub_remove_peer(nodes[2].router, &nodes[1].id);
	node_drain(&nodes[1]);
	node_drain(&nodes[2]);
	assert_int_equal(nodes[1].subscribers, 1);
	assert_int_equal(nodes[2].subscribers, 0);
	nodes[1].linked[2] = nodes[2].linked[1] = false;
	say(network, 0, 1);
	assert_int_equal(nodes[1].deliveries[1], 1);
	assert_int_equal(nodes[2].deliveries[1], 0);
	link_nodes(network, 2, 1);
	heartbeats(network, 2);
	say(network, 0, 2);
	assert_heard(network, 0, 2);
	network_free(network);
}

static void
test_leaving(void **state)
{
	struct network *network = network_new(5);
	struct peer_id mesh[NODES_MAX];
	size_t i;

	(void)state;
	link_all(network);
	heartbeats(network, 2);
	gossipsub_leave(network->nodes[0].router, TOPIC, network->now);
	settle(network);
	for (i = 1; i < network->count; i++)
		assert_int_equal(network->nodes[i].subscribers, 3);
	assert_int_equal(say(network, 1, 1), 3);
	assert_int_equal(network->nodes[0].deliveries[1], 0);
	/* Not joined, it can still speak. */
	assert_int_equal(say(network, 0, 2), 4);
	assert_heard(network, 0, 2);
	gossipsub_join(network->nodes[0].router, TOPIC);
	node_drain(&network->nodes[0]);
	settle(network);
	/* All of them were told to leave us alone for a while. */
	assert_int_equal(
	    gossipsub_mesh(network->nodes[0].router, TOPIC, mesh, NODES_MAX),
	    0);
	heartbeats(network, 14);
	assert_degrees(network, 4, 4);
	for (i = 0; i < network->count; i++)
		assert_true(gossipsub_score(network->nodes[0].router,
				&network->nodes[i].id) == 0);
	network_free(network);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_linked),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_degrees_converge),
		cmocka_unit_test(test_gossip_alone_delivers),
		cmocka_unit_test(test_node_comes_back),
		cmocka_unit_test(test_leaving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
