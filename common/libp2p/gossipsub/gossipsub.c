#include "common/libp2p/gossipsub/gossipsub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/gossipsub/gossipsub_state.h"

COUNTER(pubsub_peers_refused, "peers over the router's limit");
COUNTER(pubsub_frames_dropped, "pubsub frames dropped: the peer is too slow");
COUNTER(pubsub_events_dropped, "pubsub events dropped: too many wait");

struct gossipsub *
gossipsub_new(const struct gossipsub_config *config, struct monotime now)
{
	struct gossipsub *router = xzalloc(sizeof(*router));

	router->config = *config;
	router->next_seqno = config->first_seqno;
	router->next_number = 1;
	router->seen = gossipsub_seen_new();
	router->cache = gossipsub_cache_new();
	router->scores = gossipsub_scores_new();
	token_bucket_init(&router->checks, GOSSIPSUB_CHECKS_BURST,
	    GOSSIPSUB_CHECKS_PER_S, now);
	TAILQ_INIT(&router->events);
	return router;
}

void
gossipsub_free(struct gossipsub *router)
{
	struct gossipsub_topic *topic, *next;
	struct gossipsub_event event;

	HASH_ITER (hh, router->topics, topic, next) {
		topic->joined = false;
		gossipsub_backoff_clear(topic);
	}
	while (router->peers != NULL)
		gossipsub_remove_peer(router, &router->peers->id);
	HASH_ITER (hh, router->topics, topic, next)
		gossipsub_topic_release(router, topic);
	while (gossipsub_next_event(router, &event))
		gossipsub_event_fini(&event);
	gossipsub_seen_free(router->seen);
	gossipsub_cache_free(router->cache);
	gossipsub_scores_free(router->scores);
	free(router);
}

/* --- sending and telling */

bool
gossipsub_send(struct gossipsub *router, const struct gossipsub_peer *peer,
    struct bytes frame, enum gossipsub_urgency urgency)
{
	if (peer->protocol == GOSSIPSUB_NONE)
		return false;
	if (router->config.send(&peer->id, frame, urgency, router->config.arg))
		return true;
	counter_add(&pubsub_frames_dropped, 1);
	return false;
}

bool
gossipsub_send_rpc(struct gossipsub *router, const struct gossipsub_peer *peer,
    const Pubsub__Rpc *rpc, enum gossipsub_urgency urgency)
{
	struct pubsub_frame frame = pubsub_frame_new(rpc);
	bool sent;

	sent =
	    gossipsub_send(router, peer, pubsub_frame_bytes(&frame), urgency);
	pubsub_frame_free(&frame);
	return sent;
}

void
gossipsub_tell(struct gossipsub *router, enum gossipsub_event_type type,
    const struct gossipsub_topic *topic, const struct peer_id *peer,
    struct gossipsub_message *message)
{
	struct gossipsub_event_entry *entry;

	if (router->event_count == GOSSIPSUB_EVENTS_MAX) {
		counter_add(&pubsub_events_dropped, 1);
		return;
	}
	entry = xzalloc(sizeof(*entry));
	entry->event.type = type;
	memcpy(entry->event.topic, topic->name, sizeof(topic->name));
	entry->event.peer = *peer;
	if (message != NULL) {
		entry->event.message = gossipsub_message_ref(message);
		entry->event.data = message->data;
		entry->event.seqno = pubsub_id_seqno(&message->id);
	}
	TAILQ_INSERT_TAIL(&router->events, entry, next);
	router->event_count++;
}

bool
gossipsub_next_event(struct gossipsub *router, struct gossipsub_event *ret)
{
	struct gossipsub_event_entry *entry = TAILQ_FIRST(&router->events);

	if (entry == NULL)
		return false;
	TAILQ_REMOVE(&router->events, entry, next);
	router->event_count--;
	*ret = entry->event;
	free(entry);
	return true;
}

void
gossipsub_event_fini(struct gossipsub_event *event)
{
	gossipsub_message_unref(event->message);
	event->message = NULL;
}

/* --- peers */

struct gossipsub_peer *
gossipsub_find_peer(const struct gossipsub *router, const struct peer_id *id)
{
	struct gossipsub_peer *peer;

	HASH_FIND(hh, router->peers, id, sizeof(*id), peer);
	return peer;
}

int
gossipsub_add_peer(struct gossipsub *router, const struct peer_id *id,
    bool is_outbound, struct monotime now)
{
	struct gossipsub_peer *peer = gossipsub_find_peer(router, id);

	if (peer != NULL) {
		peer->is_outbound |= is_outbound;
		return 0;
	}
	if (HASH_COUNT(router->peers) >= GOSSIPSUB_PEERS_MAX) {
		counter_add(&pubsub_peers_refused, 1);
		return -ENOBUFS;
	}
	peer = xzalloc(sizeof(*peer));
	peer->id = *id;
	peer->number = router->next_number++;
	peer->is_outbound = is_outbound;
	token_bucket_init(&peer->checks, GOSSIPSUB_PEER_CHECKS_BURST,
	    GOSSIPSUB_PEER_CHECKS_PER_S, now);
	token_bucket_init(&peer->changes, GOSSIPSUB_CHANGES_BURST,
	    GOSSIPSUB_CHANGES_PER_S, now);
	HASH_ADD(hh, router->peers, id, sizeof(peer->id), peer);
	return 0;
}

void
gossipsub_remove_peer(struct gossipsub *router, const struct peer_id *id)
{
	struct gossipsub_peer *peer = gossipsub_find_peer(router, id);
	struct gossipsub_topic *topic;

	if (peer == NULL)
		return;
	while (peer->topic_count > 0) {
		topic = peer->topics[0];
		gossipsub_topic_remove_member(topic, peer);
		if (topic->joined)
			gossipsub_tell(router, GOSSIPSUB_UNSUBSCRIBED, topic,
			    &peer->id, NULL);
		gossipsub_topic_release(router, topic);
	}
	HASH_DEL(router->peers, peer);
	free(peer);
}

void
gossipsub_set_js(struct gossipsub *router, const struct peer_id *id)
{
	struct gossipsub_peer *peer = gossipsub_find_peer(router, id);

	if (peer != NULL)
		peer->is_js = true;
}

/* Tell a peer that is just there all that we joined. */
static void
send_hello(struct gossipsub *router, const struct gossipsub_peer *peer)
{
	Pubsub__Subscription list[GOSSIPSUB_JOINED_MAX];
	Pubsub__Subscription *pointers[GOSSIPSUB_JOINED_MAX];
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;
	struct gossipsub_topic *topic;

	for (topic = router->topics; topic != NULL; topic = topic->hh.next) {
		if (!topic->joined)
			continue;
		pubsub__subscription__init(&list[rpc.n_subscriptions]);
		list[rpc.n_subscriptions].has_subscribe = true;
		list[rpc.n_subscriptions].subscribe = true;
		list[rpc.n_subscriptions].has_topic = true;
		list[rpc.n_subscriptions].topic =
		    pubsub_field_of(bytes_of(topic->name));
		pointers[rpc.n_subscriptions] = &list[rpc.n_subscriptions];
		rpc.n_subscriptions++;
	}
	rpc.subscriptions = pointers;
	if (rpc.n_subscriptions > 0)
		gossipsub_send_rpc(router, peer, &rpc, GOSSIPSUB_CONTROL);
}

/* It cannot be grafted (any more): neither is it in a mesh. */
static void
leave_meshes(struct gossipsub_peer *peer)
{
	size_t i;

	for (i = 0; i < peer->topic_count; i++)
		gossipsub_topic_member(peer->topics[i], peer)->in_mesh = false;
}

void
gossipsub_set_protocol(struct gossipsub *router, const struct peer_id *id,
    enum gossipsub_protocol protocol)
{
	struct gossipsub_peer *peer = gossipsub_find_peer(router, id);
	size_t i;

	if (peer == NULL)
		return;
	peer->protocol = protocol;
	if (protocol < GOSSIPSUB_V1_0)
		leave_meshes(peer);
	if (protocol == GOSSIPSUB_NONE)
		return;
	send_hello(router, peer);
	for (i = 0; i < peer->topic_count; i++)
		gossipsub_mesh_welcome(router, peer->topics[i], peer);
}

/* --- time, and what the router knows */

void
gossipsub_heartbeat(struct gossipsub *router, struct monotime now)
{
	struct gossipsub_topic *topic, *next_topic;
	struct gossipsub_peer *peer, *next_peer;

	gossipsub_scores_decay(router->scores);
	HASH_ITER (hh, router->peers, peer, next_peer) {
		peer->ihave_count = 0;
		peer->ihave_ids = 0;
		peer->iwant_count = 0;
		gossipsub_control_check_promises(router, peer, now);
	}
	HASH_ITER (hh, router->topics, topic, next_topic) {
		gossipsub_backoff_expire(topic, now);
		if (topic->joined) {
			gossipsub_mesh_maintain(router, topic, now);
			gossipsub_control_gossip(router, topic);
		}
		gossipsub_topic_release(router, topic);
	}
	gossipsub_cache_shift(router->cache);
	gossipsub_seen_expire(router->seen, now);
}

size_t
gossipsub_mesh(const struct gossipsub *router, const char *name,
    struct peer_id *ret, size_t max)
{
	const struct gossipsub_topic *topic =
	    gossipsub_topic_find(router, bytes_of(name));
	size_t i, count = 0;

	if (topic == NULL)
		return 0;
	for (i = 0; i < topic->member_count && count < max; i++)
		if (topic->members[i].in_mesh)
			ret[count++] = topic->members[i].peer->id;
	return count;
}

double
gossipsub_score(const struct gossipsub *router, const struct peer_id *peer)
{
	return gossipsub_scores_get(router->scores, peer);
}

struct gossipsub_usage
gossipsub_usage(const struct gossipsub *router)
{
	const struct gossipsub_topic *topic;
	struct gossipsub_usage usage = {
		.peers = HASH_COUNT(router->peers),
		.topics = HASH_COUNT(router->topics),
		.scores = gossipsub_scores_count(router->scores),
		.seen = gossipsub_seen_count(router->seen),
		.cached_messages = gossipsub_cache_count(router->cache),
		.cached_bytes = gossipsub_cache_bytes(router->cache),
		.events = router->event_count,
	};

	for (topic = router->topics; topic != NULL; topic = topic->hh.next)
		usage.backoffs += HASH_COUNT(topic->backoffs);
	return usage;
}
