/*
 * gossipsub: the router of GossipSub v1.1, which also speaks v1.0 and floodsub.
 * Peers and RPCs in; frames, deliveries and scores out; no I/O, time is passed
 * in. It keeps a mesh of a few peers for each joined topic, forwards messages
 * that are new and properly signed, and advertises them to some other peers.
 *
 * Everything that a peer can make grow has a limit here, and a counter of the
 * times that the limit was hit.
 */
#ifndef COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_H
#define COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_H

#include "common/base/monotime.h"
#include "common/libp2p/gossipsub/pubsub_message.h"

/* gossipsub v1.0, "Parameters"; D_lo as go. */
enum {
	GOSSIPSUB_D = 6,
	GOSSIPSUB_D_LOW = 5,
	GOSSIPSUB_D_HIGH = 12,
	GOSSIPSUB_D_OUT = 2,
	GOSSIPSUB_D_LAZY = 6,
	GOSSIPSUB_HEARTBEAT_MS = 1000,
	GOSSIPSUB_PRUNE_BACKOFF_S = 60,
	GOSSIPSUB_UNSUBSCRIBE_BACKOFF_S = 10,
	GOSSIPSUB_BACKOFF_MAX_S = 3600, /* that a peer may ask of us */
	GOSSIPSUB_BACKOFF_SLACK_S = 2,  /* clocks and heartbeats differ */
	GOSSIPSUB_GRAFT_FLOOD_S = 10,
	GOSSIPSUB_IWANT_FOLLOWUP_MS = 3000,
	GOSSIPSUB_IHAVE_IDS_MAX = 5000, /* per peer and heartbeat */
	GOSSIPSUB_IHAVE_MAX = 10,       /* messages, likewise */
	GOSSIPSUB_IWANT_MAX = 10,       /* likewise, as js */
};

/* Limits of ours. */
enum {
	GOSSIPSUB_PEERS_MAX = 512,
	GOSSIPSUB_TOPICS_PER_PEER_MAX = 64,
	GOSSIPSUB_JOINED_MAX = 64,
	GOSSIPSUB_BACKOFFS_PER_TOPIC_MAX = 1024,
	GOSSIPSUB_SUBSCRIPTIONS_PER_RPC_MAX = 128,
	GOSSIPSUB_MESSAGES_PER_RPC_MAX = 1024,
	GOSSIPSUB_CONTROLS_PER_RPC_MAX = 64, /* of each kind */
	GOSSIPSUB_EVENTS_MAX = 4096,
	/* Signatures to check, per peer and in all: so many at once, so many a
	 * second. A check takes some 100 us, one of a key that is not Ed25519
	 * up to eight times as long, and counts so. */
	GOSSIPSUB_PEER_CHECKS_BURST = 256,
	GOSSIPSUB_PEER_CHECKS_PER_S = 200,
	GOSSIPSUB_CHECKS_BURST = 1000,
	GOSSIPSUB_CHECKS_PER_S = 2000,
	GOSSIPSUB_CHECK_SLOW = 8,
	/* Changes of subscriptions by one peer. */
	GOSSIPSUB_CHANGES_BURST = 256,
	GOSSIPSUB_CHANGES_PER_S = 20,
};

/* What a peer's outbound stream agreed on. */
enum gossipsub_protocol {
	GOSSIPSUB_NONE, /* no stream yet, or no longer */
	GOSSIPSUB_FLOODSUB,
	GOSSIPSUB_V1_0,
	GOSSIPSUB_V1_1,
};

/* When a peer reads slowly, the last kind is dropped first. */
enum gossipsub_urgency {
	GOSSIPSUB_CONTROL,
	GOSSIPSUB_MESSAGE,
	GOSSIPSUB_GOSSIP,
};

/* Queue a frame for a peer, without calling back; false: no room. */
typedef bool gossipsub_send_fn(const struct peer_id *, struct bytes frame,
    enum gossipsub_urgency, void *arg);

struct gossipsub_config {
	struct peer_id self;
	uint64_t first_seqno; /* above all used before */
	pubsub_sign_fn *sign;
	gossipsub_send_fn *send;
	void *arg;
};

enum gossipsub_event_type {
	GOSSIPSUB_DELIVERY,     /* a message of a joined topic, verified, new */
	GOSSIPSUB_SUBSCRIBED,   /* a peer joined a joined topic */
	GOSSIPSUB_UNSUBSCRIBED, /* or left it, or is gone */
};

struct gossipsub_event {
	enum gossipsub_event_type type;
	char topic[PUBSUB_TOPIC_MAX + 1];
	struct peer_id peer; /* of a delivery: the author */
	uint64_t seqno;      /* delivery */
	struct bytes data;   /* delivery; lives as long as the event */
	struct gossipsub_message *message; /* holds data */
};

struct gossipsub;

struct gossipsub *gossipsub_new(
    const struct gossipsub_config *, struct monotime now);
void gossipsub_free(struct gossipsub *);

/*
 * A peer is connected; is_outbound: we dialled it. A known peer is fine. 0, or
 * -ENOBUFS over GOSSIPSUB_PEERS_MAX: then it stays unknown.
 */
int gossipsub_add_peer(struct gossipsub *, const struct peer_id *,
    bool is_outbound, struct monotime now);
void gossipsub_remove_peer(struct gossipsub *, const struct peer_id *);

/* The peer can be sent to from now on (GOSSIPSUB_NONE: no longer); our
 * subscriptions go first. */
void gossipsub_set_protocol(
    struct gossipsub *, const struct peer_id *, enum gossipsub_protocol);

/* The peer forms message ids as js does. Also learned from the ids it sends. */
void gossipsub_set_js(struct gossipsub *, const struct peer_id *);

/* An RPC arrived from a peer. Events may be pending afterwards. */
void gossipsub_receive(struct gossipsub *, const struct peer_id *from,
    struct bytes rpc, struct monotime now);

/* Once each GOSSIPSUB_HEARTBEAT_MS. */
void gossipsub_heartbeat(struct gossipsub *, struct monotime now);

/* 0; -EINVAL: not 1 to PUBSUB_TOPIC_MAX bytes of UTF-8; -ENOBUFS over
 * GOSSIPSUB_JOINED_MAX. Peers that are already subscribed become events. */
int gossipsub_join(struct gossipsub *, const char *topic);
void gossipsub_leave(
    struct gossipsub *, const char *topic, struct monotime now);
bool gossipsub_has_joined(const struct gossipsub *, const char *topic);

/* Send data to every peer of the topic, joined or not. 0, -EINVAL for a bad
 * topic, -EMSGSIZE, or the signer's error. */
int gossipsub_publish(struct gossipsub *, const char *topic, struct bytes data,
    struct monotime now, size_t *ret_peers);

/* Take the oldest event; false if none waits. */
bool gossipsub_next_event(struct gossipsub *, struct gossipsub_event *ret);
void gossipsub_event_fini(struct gossipsub_event *);

/* State of the router, for status and tests. */
size_t gossipsub_mesh(const struct gossipsub *, const char *topic,
    struct peer_id *ret, size_t max);
double gossipsub_score(const struct gossipsub *, const struct peer_id *);

struct gossipsub_usage {
	size_t peers;
	size_t topics;
	size_t backoffs;
	size_t scores;
	size_t seen;
	size_t cached_messages;
	size_t cached_bytes;
	size_t events;
};
struct gossipsub_usage gossipsub_usage(const struct gossipsub *);

#endif
