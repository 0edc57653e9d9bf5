/* What we join, leave and say ourselves. */
#include <errno.h>

#include "common/libp2p/gossipsub/gossipsub_state.h"

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
		gossipsub_tell(router, GOSSIPSUB_SUBSCRIBED, topic,
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

size_t
gossipsub_spread(struct gossipsub *router, const struct gossipsub_topic *topic,
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
		*ret_peers =
		    gossipsub_spread(router, topic, message, NULL, true);
	gossipsub_message_unref(message);
	return 0;
}
