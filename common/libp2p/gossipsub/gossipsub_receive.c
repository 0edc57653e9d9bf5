#include <string.h>

#include "common/base/counter.h"
#include "common/libp2p/gossipsub/gossipsub_state.h"

COUNTER(pubsub_rpcs_malformed, "RPCs that do not decode");
COUNTER(pubsub_rpcs_graylisted, "RPCs of peers that behaved too badly");
COUNTER(pubsub_changes_dropped, "subscription changes over a peer's rate");
COUNTER(pubsub_messages_received, "messages delivered");
COUNTER(pubsub_messages_duplicate, "messages received again");
COUNTER(pubsub_messages_not_joined, "messages of topics we did not join");
COUNTER(pubsub_messages_invalid, "messages that StrictSign refuses");
COUNTER(pubsub_messages_echoed, "our own messages from elsewhere");
COUNTER(pubsub_messages_unchecked, "messages dropped unread: too many");

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
	gossipsub_tell(router, GOSSIPSUB_SUBSCRIBED, topic, &peer->id, NULL);
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
		gossipsub_tell(
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

/* How long a check of this author's signatures takes, in quick ones. */
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

/* May we spend a signature check on what this peer sends? */
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

/* It is new and its author's: pass it on, tell about it. */
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
	gossipsub_spread(router, topic, message, peer, false);
	gossipsub_tell(router, GOSSIPSUB_DELIVERY, topic, &author, message);
	gossipsub_message_unref(message);
	counter_add(&pubsub_messages_received, 1);
}

/* One message; whether its sender is to blame for it. */
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
		/* go lets through what we find malformed: not its fault. */
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
	struct gossipsub_peer *peer = gossipsub_find_peer(router, from);
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
