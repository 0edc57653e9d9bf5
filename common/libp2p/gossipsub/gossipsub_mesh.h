/*
 * gossipsub_mesh: the state of the router: its peers, its topics and which
 * members are in the mesh; for gossipsub*.c alone. Peers and topics refer to
 * each other: a peer that subscribed to a topic is one of its members.
 */
#ifndef COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_MESH_H
#define COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_MESH_H

#include <sys/queue.h>

#include "common/base/hash.h"
#include "common/base/token_bucket.h"
#include "common/libp2p/gossipsub/gossipsub.h"
#include "common/libp2p/gossipsub/gossipsub_cache.h"
#include "common/libp2p/gossipsub/gossipsub_score.h"
#include "common/libp2p/gossipsub/gossipsub_seen.h"

enum { GOSSIPSUB_PROMISES_MAX = 32 };

/* A peer advertised a message and we asked for it: some peer must deliver it in
 * time. */
struct gossipsub_promise {
	struct pubsub_id id;
	struct monotime deadline;
};

struct gossipsub_peer {
	struct peer_id id;
	uint64_t number; /* never used again */
	enum gossipsub_protocol protocol;
	bool is_outbound;
	bool is_js;
	struct gossipsub_topic *topics[GOSSIPSUB_TOPICS_PER_PEER_MAX];
	size_t topic_count;
	struct token_bucket checks;
	struct token_bucket changes;
	unsigned int ihave_count; /* these three: since the heartbeat */
	unsigned int ihave_ids;
	unsigned int iwant_count;
	struct gossipsub_promise promises[GOSSIPSUB_PROMISES_MAX];
	size_t promise_count;
	UT_hash_handle hh;
};

struct gossipsub_member {
	struct gossipsub_peer *peer;
	bool in_mesh;
};

/* No GRAFT from either side before it expires. */
struct gossipsub_backoff {
	struct peer_id peer;
	struct monotime expires;
	UT_hash_handle hh;
};

struct gossipsub_topic {
	char name[PUBSUB_TOPIC_MAX + 1];
	bool joined;
	struct gossipsub_member *members;
	size_t member_count;
	struct gossipsub_backoff *backoffs;
	UT_hash_handle hh;
};

struct gossipsub_event_entry {
	struct gossipsub_event event;
	TAILQ_ENTRY(gossipsub_event_entry) next;
};

struct gossipsub {
	struct gossipsub_config config;
	uint64_t next_seqno;
	uint64_t next_number;
	struct gossipsub_peer *peers;
	struct gossipsub_topic *topics;
	size_t joined_count;
	struct gossipsub_seen *seen;
	struct gossipsub_cache *cache;
	struct gossipsub_scores *scores;
	struct token_bucket checks;
	TAILQ_HEAD(gossipsub_events, gossipsub_event_entry) events;
	size_t event_count;
};

/* False if it was dropped. */
bool gossipsub_send(struct gossipsub *, const struct gossipsub_peer *,
    struct bytes frame, enum gossipsub_urgency);
bool gossipsub_send_rpc(struct gossipsub *, const struct gossipsub_peer *,
    const Pubsub__Rpc *, enum gossipsub_urgency);

/* Queue an event; type, topic and peer are set, the rest is zero. message may
 * be NULL. */
void gossipsub_report(struct gossipsub *, enum gossipsub_event_type,
    const struct gossipsub_topic *, const struct peer_id *,
    struct gossipsub_message *message);

/* --- topics, members, backoffs */

struct gossipsub_topic *gossipsub_topic_find(
    const struct gossipsub *, struct bytes name);
/* Find or make; name was checked. */
struct gossipsub_topic *gossipsub_topic_get(
    struct gossipsub *, struct bytes name);
/* Free it if it is not joined and has no members and no backoffs. */
void gossipsub_topic_release(struct gossipsub *, struct gossipsub_topic *);
bool gossipsub_topic_is_valid(struct bytes name);

struct gossipsub_member *gossipsub_topic_member(
    const struct gossipsub_topic *, const struct gossipsub_peer *);
/* 0, or -ENOBUFS over GOSSIPSUB_TOPICS_PER_PEER_MAX. Not yet a member. */
int gossipsub_topic_add_member(
    struct gossipsub_topic *, struct gossipsub_peer *);
void gossipsub_topic_remove_member(
    struct gossipsub_topic *, struct gossipsub_peer *);

/* Never shortens what there is. */
void gossipsub_backoff_set(struct gossipsub_topic *, const struct peer_id *,
    int64_t seconds, struct monotime now);
struct gossipsub_backoff *gossipsub_backoff_find(
    const struct gossipsub_topic *, const struct peer_id *);
/* Drop those that expired, after some slack. */
void gossipsub_backoff_expire(struct gossipsub_topic *, struct monotime now);
void gossipsub_backoff_clear(struct gossipsub_topic *);

/* --- the mesh */

size_t gossipsub_mesh_size(const struct gossipsub_topic *);
void gossipsub_mesh_send_prune(struct gossipsub *,
    const struct gossipsub_topic *, const struct gossipsub_peer *,
    int64_t backoff_s);
/* Out of the mesh, with a PRUNE and a backoff. */
void gossipsub_mesh_prune(struct gossipsub *, struct gossipsub_topic *,
    struct gossipsub_member *, int64_t backoff_s, struct monotime now);
/* GRAFT random members until the mesh has want. */
void gossipsub_mesh_fill(
    struct gossipsub *, struct gossipsub_topic *, size_t want);
/* A new member: GRAFT it at once if the mesh is thin, as js does. */
void gossipsub_mesh_welcome(struct gossipsub *, struct gossipsub_topic *,
    const struct gossipsub_peer *);
/* At a heartbeat: neither too few nor too many members, none with a bad
 * score. */
void gossipsub_mesh_maintain(
    struct gossipsub *, struct gossipsub_topic *, struct monotime now);

#endif
