#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/libp2p/gossipsub/gossipsub_state.h"

COUNTER(pubsub_topics_refused, "subscriptions over a peer's limit of topics");
COUNTER(pubsub_backoffs_refused, "backoffs not kept: too many in a topic");

bool
gossipsub_topic_is_valid(struct bytes name)
{
	return name.len > 0 && name.len <= PUBSUB_TOPIC_MAX &&
	       text_is_utf8(name);
}

struct gossipsub_topic *
gossipsub_topic_find(const struct gossipsub *router, struct bytes name)
{
	struct gossipsub_topic *topic;

	if (name.len == 0)
		return NULL;
	HASH_FIND(hh, router->topics, name.data, name.len, topic);
	return topic;
}

struct gossipsub_topic *
gossipsub_topic_get(struct gossipsub *router, struct bytes name)
{
	struct gossipsub_topic *topic = gossipsub_topic_find(router, name);

	if (topic != NULL)
		return topic;
	topic = xzalloc(sizeof(*topic));
	memcpy(topic->name, name.data, name.len);
	HASH_ADD(hh, router->topics, name, name.len, topic);
	return topic;
}

void
gossipsub_topic_release(struct gossipsub *router, struct gossipsub_topic *topic)
{
	if (topic->joined || topic->member_count > 0 || topic->backoffs != NULL)
		return;
	HASH_DEL(router->topics, topic);
	free(topic->members);
	free(topic);
}

struct gossipsub_member *
gossipsub_topic_member(
    const struct gossipsub_topic *topic, const struct gossipsub_peer *peer)
{
	size_t i;

	for (i = 0; i < topic->member_count; i++)
		if (topic->members[i].peer == peer)
			return &topic->members[i];
	return NULL;
}

int
gossipsub_topic_add_member(
    struct gossipsub_topic *topic, struct gossipsub_peer *peer)
{
	if (peer->topic_count == GOSSIPSUB_TOPICS_PER_PEER_MAX) {
		counter_add(&pubsub_topics_refused, 1);
		return -ENOBUFS;
	}
	topic->members = xreallocarray(
	    topic->members, topic->member_count + 1, sizeof(*topic->members));
	topic->members[topic->member_count++] =
	    (struct gossipsub_member){ .peer = peer };
	peer->topics[peer->topic_count++] = topic;
	return 0;
}

void
gossipsub_topic_remove_member(
    struct gossipsub_topic *topic, struct gossipsub_peer *peer)
{
	struct gossipsub_member *member = gossipsub_topic_member(topic, peer);
	size_t i;

	*member = topic->members[--topic->member_count];
	for (i = 0; peer->topics[i] != topic; i++)
		continue;
	peer->topics[i] = peer->topics[--peer->topic_count];
}

void
gossipsub_backoff_set(struct gossipsub_topic *topic, const struct peer_id *peer,
    int64_t seconds, struct monotime now)
{
	struct gossipsub_backoff *backoff = gossipsub_backoff_find(topic, peer);
	struct monotime expires = monotime_add_ms(now, seconds * 1000);

	if (backoff == NULL) {
		if (HASH_COUNT(topic->backoffs) >=
		    GOSSIPSUB_BACKOFFS_PER_TOPIC_MAX) {
			counter_add(&pubsub_backoffs_refused, 1);
			return;
		}
		backoff = xzalloc(sizeof(*backoff));
		backoff->peer = *peer;
		HASH_ADD(
		    hh, topic->backoffs, peer, sizeof(backoff->peer), backoff);
	}
	if (monotime_reached(expires, backoff->expires))
		backoff->expires = expires;
}

struct gossipsub_backoff *
gossipsub_backoff_find(
    const struct gossipsub_topic *topic, const struct peer_id *peer)
{
	struct gossipsub_backoff *backoff;

	HASH_FIND(hh, topic->backoffs, peer, sizeof(*peer), backoff);
	return backoff;
}

void
gossipsub_backoff_expire(struct gossipsub_topic *topic, struct monotime now)
{
	struct gossipsub_backoff *backoff, *next;
	struct monotime end;

	for (backoff = topic->backoffs; backoff != NULL; backoff = next) {
		next = backoff->hh.next;
		end = monotime_add_ms(
		    backoff->expires, GOSSIPSUB_BACKOFF_SLACK_S * 1000);
		if (!monotime_reached(now, end))
			continue;
		HASH_DEL(topic->backoffs, backoff);
		free(backoff);
	}
}

void
gossipsub_backoff_clear(struct gossipsub_topic *topic)
{
	struct gossipsub_backoff *backoff, *next;

	HASH_ITER (hh, topic->backoffs, backoff, next) {
		HASH_DEL(topic->backoffs, backoff);
		free(backoff);
	}
}
