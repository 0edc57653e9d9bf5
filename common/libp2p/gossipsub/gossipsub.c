#include "common/libp2p/gossipsub/gossipsub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/gossipsub/gossipsub_control.h"
#include "common/libp2p/gossipsub/gossipsub_mesh.h"

COUNTER(pubsub_rpcs_malformed, "RPCs that do not decode");
COUNTER(pubsub_rpcs_graylisted, "RPCs of graylisted peers");
COUNTER(pubsub_changes_dropped, "subscription changes over a peer's rate");
COUNTER(pubsub_messages_received, "messages delivered");
COUNTER(pubsub_messages_duplicate, "messages received again");
COUNTER(pubsub_messages_not_joined, "messages of topics we did not join");
COUNTER(pubsub_messages_invalid, "messages that StrictSign refuses");
COUNTER(pubsub_messages_echoed, "our own messages from elsewhere");
COUNTER(pubsub_messages_unchecked, "messages dropped unread: too many");
COUNTER(pubsub_peers_refused, "peers over the router's limit");

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

/* --- events --- */

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

static struct gossipsub_peer *
find_peer(const struct gossipsub *router, const struct peer_id *id)
{
	struct gossipsub_peer *peer;

	HASH_FIND(hh, router->peers, id, sizeof(*id), peer);
	return peer;
}

int
gossipsub_add_peer(struct gossipsub *router, const struct peer_id *id,
    bool is_outbound, struct monotime now)
{
	struct gossipsub_peer *peer = find_peer(router, id);

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
	struct gossipsub_peer *peer = find_peer(router, id);
	struct gossipsub_topic *topic;

	if (peer == NULL)
		return;
	while (peer->topic_count > 0) {
		topic = peer->topics[0];
		gossipsub_topic_remove_member(topic, peer);
		if (topic->joined)
			gossipsub_report(router, GOSSIPSUB_UNSUBSCRIBED, topic,
			    &peer->id, NULL);
		gossipsub_topic_release(router, topic);
	}
	HASH_DEL(router->peers, peer);
	free(peer);
}

void
gossipsub_set_js(struct gossipsub *router, const struct peer_id *id)
{
	struct gossipsub_peer *peer = find_peer(router, id);

	if (peer != NULL)
		peer->is_js = true;
}

/* Send a new peer all our subscriptions. */
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

/* It cannot be grafted, or no longer: remove it from each mesh. */
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
	struct gossipsub_peer *peer = find_peer(router, id);
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

/* --- what we join, leave and publish --- */

static void
announce(struct gossipsub *router, const struct gossipsub_topic *topic)
{
	Pubsub__Subscription one = PUBSUB__SUBSCRIPTION__INIT,
			     *list[] = { &one };
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;
	const struct gossipsub_peer *peer;

	one.has_subscribe = true;
	one.subscribe = topic->joined;
	one.has_topic = true;
	one.topic = pubsub_field_of(bytes_of(topic->name));
	rpc.n_subscriptions = 1;
	rpc.subscriptions = list;
	for (peer = router->peers; peer != NULL; peer = peer->hh.next)
		gossipsub_send_rpc(router, peer, &rpc, GOSSIPSUB_CONTROL);
}

int
gossipsub_join(struct gossipsub *router, const char *name)
{
	struct bytes key = bytes_of(name);
	struct gossipsub_topic *topic;
	size_t i;

	if (!gossipsub_topic_is_valid(key))
		return -EINVAL;
	if (gossipsub_has_joined(router, name))
		return 0;
	if (router->joined_count == GOSSIPSUB_JOINED_MAX)
		return -ENOBUFS;
	topic = gossipsub_topic_get(router, key);
	topic->joined = true;
	router->joined_count++;
	announce(router, topic);
	gossipsub_mesh_fill(router, topic, GOSSIPSUB_D);
	for (i = 0; i < topic->member_count; i++)
		gossipsub_report(router, GOSSIPSUB_SUBSCRIBED, topic,
		    &topic->members[i].peer->id, NULL);
	return 0;
}

void
gossipsub_leave(struct gossipsub *router, const char *name, struct monotime now)
{
	struct gossipsub_topic *topic =
	    gossipsub_topic_find(router, bytes_of(name));
	size_t i;

	if (topic == NULL || !topic->joined)
		return;
	topic->joined = false;
	router->joined_count--;
	announce(router, topic);
	for (i = 0; i < topic->member_count; i++)
		if (topic->members[i].in_mesh)
			gossipsub_mesh_prune(router, topic, &topic->members[i],
			    GOSSIPSUB_UNSUBSCRIBE_BACKOFF_S, now);
	gossipsub_topic_release(router, topic);
}

bool
gossipsub_has_joined(const struct gossipsub *router, const char *name)
{
	const struct gossipsub_topic *topic =
	    gossipsub_topic_find(router, bytes_of(name));

	return topic != NULL && topic->joined;
}

/* Send to the mesh, or to all members, and to those that only flood, except
 * to the author and the sender (may be NULL). Returns to how many. */
static size_t
spread(struct gossipsub *router, const struct gossipsub_topic *topic,
    const struct gossipsub_message *message,
    const struct gossipsub_peer *sender, bool to_all)
{
	struct peer_id author = pubsub_id_author(&message->id);
	const struct gossipsub_member *member;
	const struct gossipsub_peer *peer;
	size_t i, count = 0;

	for (i = 0; i < topic->member_count; i++) {
		member = &topic->members[i];
		peer = member->peer;
		if (!to_all && !member->in_mesh &&
		    peer->protocol != GOSSIPSUB_FLOODSUB)
			continue;
		if (peer == sender || peer_id_equal(&peer->id, &author) ||
		    gossipsub_scores_get(router->scores, &peer->id) <
			GOSSIPSUB_SCORE_PUBLISH)
			continue;
		if (gossipsub_send(router, peer,
			pubsub_frame_bytes(&message->frame), GOSSIPSUB_MESSAGE))
			count++;
	}
	return count;
}

int
gossipsub_publish(struct gossipsub *router, const char *name, struct bytes data,
    struct monotime now, size_t *ret_peers)
{
	struct pubsub_draft draft = { &router->config.self, router->next_seqno,
		bytes_of(name), data };
	const struct gossipsub_topic *topic;
	struct gossipsub_message *message;
	struct pubsub_frame frame;
	struct pubsub_id id;
	size_t offset;
	int rc;

	if (!gossipsub_topic_is_valid(draft.topic))
		return -EINVAL;
	if (data.len > PUBSUB_DATA_MAX)
		return -EMSGSIZE;
	rc = pubsub_message_make(
	    &draft, router->config.sign, router->config.arg, &frame, &offset);
	if (rc != 0)
		return rc;
	pubsub_id_make(draft.author, router->next_seqno++, &id);
	message =
	    gossipsub_message_new(&id, draft.topic, &frame, offset, data.len);
	gossipsub_seen_add(router->seen, &id, now);
	topic = gossipsub_topic_find(router, draft.topic);
	if (topic != NULL && topic->joined)
		gossipsub_cache_put(router->cache, message);
	*ret_peers = 0;
	if (topic != NULL)
		*ret_peers = spread(router, topic, message, NULL, true);
	gossipsub_message_unref(message);
	return 0;
}

/* --- what peers send --- */

static bool
is_graylisted(const struct gossipsub *router, const struct gossipsub_peer *peer)
{
	return gossipsub_scores_get(router->scores, &peer->id) <
	       GOSSIPSUB_SCORE_GRAYLIST;
}

static void
subscribe(
    struct gossipsub *router, struct gossipsub_peer *peer, struct bytes name)
{
	struct gossipsub_topic *topic = gossipsub_topic_get(router, name);

	if (gossipsub_topic_member(topic, peer) != NULL)
		return;
	if (gossipsub_topic_add_member(topic, peer) != 0) {
		gossipsub_topic_release(router, topic);
		return;
	}
	if (!topic->joined)
		return;
	gossipsub_report(router, GOSSIPSUB_SUBSCRIBED, topic, &peer->id, NULL);
	gossipsub_mesh_welcome(router, topic, peer);
}

static void
unsubscribe(
    struct gossipsub *router, struct gossipsub_peer *peer, struct bytes name)
{
	struct gossipsub_topic *topic = gossipsub_topic_find(router, name);

	if (topic == NULL || gossipsub_topic_member(topic, peer) == NULL)
		return;
	gossipsub_topic_remove_member(topic, peer);
	if (topic->joined)
		gossipsub_report(
		    router, GOSSIPSUB_UNSUBSCRIBED, topic, &peer->id, NULL);
	gossipsub_topic_release(router, topic);
}

static void
receive_subscriptions(struct gossipsub *router, struct gossipsub_peer *peer,
    const Pubsub__Rpc *rpc, struct monotime now)
{
	const Pubsub__Subscription *change;
	struct bytes name;
	size_t i;

	for (i = 0; i < rpc->n_subscriptions; i++) {
		change = rpc->subscriptions[i];
		name = pubsub_field_bytes(change->topic);
		if (!gossipsub_topic_is_valid(name))
			continue;
		if (i == GOSSIPSUB_SUBSCRIPTIONS_PER_RPC_MAX ||
		    !token_bucket_take(&peer->changes, 1, now)) {
			counter_add(
			    &pubsub_changes_dropped, rpc->n_subscriptions - i);
			return;
		}
		if (change->subscribe)
			subscribe(router, peer, name);
		else
			unsubscribe(router, peer, name);
	}
}

/* The cost of checking this author's signatures; 1 for Ed25519. */
static unsigned int
check_cost(const struct peer_id *author)
{
	/* A PublicKey as identity multihash: type Ed25519, its 32 bytes. */
	static const uint8_t ed25519[] = { 0x00, 0x24, 0x08, 0x01 };

	return author->len > sizeof(ed25519) &&
		       !memcmp(author->data, ed25519, sizeof(ed25519))
		   ? 1
		   : GOSSIPSUB_CHECK_SLOW;
}

/* Does the rate limit allow a signature check for this peer? */
static bool
may_check(struct gossipsub *router, struct gossipsub_peer *peer,
    const struct peer_id *author, struct monotime now)
{
	unsigned int cost = check_cost(author);

	if (token_bucket_take(&peer->checks, cost, now) &&
	    token_bucket_take(&router->checks, cost, now))
		return true;
	counter_add(&pubsub_messages_unchecked, 1);
	peer->promise_count = 0; /* it may be what we asked for */
	return false;
}

/* It is new and properly signed: forward and deliver it. */
static void
accept_message(struct gossipsub *router, const struct gossipsub_peer *peer,
    const struct gossipsub_topic *topic, const struct pubsub_message *parsed,
    struct monotime now)
{
	struct peer_id author = pubsub_id_author(&parsed->id);
	struct gossipsub_message *message;
	struct pubsub_frame frame;
	size_t offset;

	frame = pubsub_message_frame(&parsed->content, &offset);
	message = gossipsub_message_new(
	    &parsed->id, parsed->topic, &frame, offset, parsed->data.len);
	gossipsub_seen_add(router->seen, &parsed->id, now);
	gossipsub_cache_put(router->cache, message);
	spread(router, topic, message, peer, false);
	gossipsub_report(router, GOSSIPSUB_DELIVERY, topic, &author, message);
	gossipsub_message_unref(message);
	counter_add(&pubsub_messages_received, 1);
}

/* One message; true if its sender is to blame. */
static bool
receive_message(struct gossipsub *router, struct gossipsub_peer *peer,
    const Pubsub__Message *content, struct monotime now)
{
	struct pubsub_message parsed;
	struct gossipsub_topic *topic =
	    gossipsub_topic_find(router, pubsub_field_bytes(content->topic));
	struct peer_id author;
	int rc;

	if (topic == NULL || !topic->joined) {
		counter_add(&pubsub_messages_not_joined, 1);
		return false;
	}
	rc = pubsub_message_parse(content, &parsed);
	if (rc != 0) {
		/* go forwards what we find malformed: not the sender's
		 * fault. */
		counter_add(&pubsub_messages_invalid, 1);
		return rc == PUBSUB_UNSIGNED;
	}
	author = pubsub_id_author(&parsed.id);
	if (peer_id_equal(&author, &router->config.self)) {
		counter_add(&pubsub_messages_echoed, 1);
		return false;
	}
	if (gossipsub_seen_has(router->seen, &parsed.id)) {
		counter_add(&pubsub_messages_duplicate, 1);
		return false;
	}
	if (!may_check(router, peer, &author, now))
		return false;
	/* Seen only once verified: a forged copy must not block the real. */
	if (!pubsub_message_verify(&parsed)) {
		counter_add(&pubsub_messages_invalid, 1);
		return true;
	}
	accept_message(router, peer, topic, &parsed, now);
	return false;
}

static void
receive_messages(struct gossipsub *router, struct gossipsub_peer *peer,
    const Pubsub__Rpc *rpc, struct monotime now)
{
	size_t i;

	for (i = 0; i < rpc->n_publish; i++) {
		if (i == GOSSIPSUB_MESSAGES_PER_RPC_MAX) {
			counter_add(
			    &pubsub_messages_unchecked, rpc->n_publish - i);
			return;
		}
		if (!receive_message(router, peer, rpc->publish[i], now))
			continue;
		gossipsub_scores_punish(
		    router->scores, &peer->id, GOSSIPSUB_FORGERY);
		if (is_graylisted(router, peer))
			return;
	}
}

void
gossipsub_receive(struct gossipsub *router, const struct peer_id *from,
    struct bytes bytes, struct monotime now)
{
	struct gossipsub_peer *peer = find_peer(router, from);
	const Pubsub__Rpc *content;
	struct pubsub_rpc *rpc;

	if (peer == NULL)
		return;
	if (is_graylisted(router, peer)) {
		counter_add(&pubsub_rpcs_graylisted, 1);
		return;
	}
	if (pubsub_rpc_decode(bytes, &rpc) != 0) {
		counter_add(&pubsub_rpcs_malformed, 1);
		gossipsub_scores_punish(
		    router->scores, from, GOSSIPSUB_MISBEHAVIOUR);
		return;
	}
	content = pubsub_rpc_content(rpc);
	receive_subscriptions(router, peer, content, now);
	receive_messages(router, peer, content, now);
	if (content->control != NULL && !is_graylisted(router, peer))
		gossipsub_control(router, peer, content->control, now);
	pubsub_rpc_free(rpc);
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
