/*
 * gossip_scene: one router, and peers that say what they are told to say and
 * count what they hear. The clock is invented. There is one scene at a time.
 */
#ifndef TESTS_UNIT_SUPPORT_GOSSIP_SCENE_H
#define TESTS_UNIT_SUPPORT_GOSSIP_SCENE_H

#include "common/libp2p/gossipsub/gossipsub.h"
#include "common/libp2p/keys/identity_key.h"

#define SCENE_TOPIC "goop.presence.v1"

enum { SCENE_PEERS_MAX = 16 };

/* A peer, and what the router said to it since it was last asked. */
struct actor {
	struct identity_key key;
	struct peer_id id;
	uint64_t seqno;
	unsigned int subscribes, unsubscribes, grafts, prunes;
	uint64_t backoff_s;
	unsigned int ihaves, iwants, ids, js_ids, messages;
};

struct scene {
	struct gossipsub *router;
	struct monotime now;
	struct actor self;
	struct actor peers[SCENE_PEERS_MAX];
	size_t count;
	unsigned int deliveries, joined, left;
	char data[64]; /* of the last local_stream */
	bool is_full;  /* nobody reads */
};

extern struct scene *scene;

/* For cmocka: a new scene, whose router joined SCENE_TOPIC. */
int scene_set_up(void **state);
int scene_tear_down(void **state);

/* A peer comes; returns its number. */
size_t scene_add(enum gossipsub_protocol, bool subscribes);
void scene_forget(struct actor *); /* what it heard */
void scene_beat(unsigned int heartbeats);
void scene_drain(void);
double scene_score(size_t peer);
bool scene_in_mesh(size_t peer);

/* What a peer tells the router. */
void tell(size_t peer, const Pubsub__Rpc *);
void tell_subscription(size_t peer, const char *topic, bool subscribe);
void tell_graft(size_t peer, const char *topic);
void tell_prune(size_t peer, const char *topic, uint64_t backoff_s);

/* IHAVE of topic, or IWANT without one. */
void tell_ids(
    size_t peer, const char *topic, ProtobufCBinaryData *ids, size_t count);
void tell_id(size_t peer, const char *topic, const struct actor *author,
    uint64_t seqno, bool as_js);

/* What author signs, maybe spoiled, handed over by peer. */
void tell_message(size_t peer, struct actor *author, const char *topic,
    const char *data, bool is_forged);

#endif
