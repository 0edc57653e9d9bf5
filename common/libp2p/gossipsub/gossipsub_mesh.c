#include "common/libp2p/gossipsub/gossipsub_mesh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"

COUNTER(pubsub_frames_dropped, "pubsub frames dropped: the peer is too slow");
COUNTER(pubsub_events_dropped, "pubsub events dropped: too many wait");
COUNTER(pubsub_topics_refused, "subscriptions over a peer's limit of topics");
COUNTER(pubsub_backoffs_refused, "backoffs not kept: too many in a topic");

/* --- sending and reporting --- */

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
gossipsub_report(struct gossipsub *router, enum gossipsub_event_type type,
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

/* --- topics --- */

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

/* --- the mesh --- */

size_t
gossipsub_mesh_size(const struct gossipsub_topic *topic)
{
	size_t i, size = 0;

	for (i = 0; i < topic->member_count; i++)
		if (topic->members[i].in_mesh)
			size++;
	return size;
}

/* Mesh peers that we dialled: an attacker cannot easily be all of them. */
static size_t
mesh_outbound(const struct gossipsub_topic *topic)
{
	size_t i, count = 0;

	for (i = 0; i < topic->member_count; i++)
		if (topic->members[i].in_mesh &&
		    topic->members[i].peer->is_outbound)
			count++;
	return count;
}

static void
mesh_graft(struct gossipsub *router, struct gossipsub_topic *topic,
    struct gossipsub_member *member)
{
	Pubsub__Graft graft = PUBSUB__GRAFT__INIT, *grafts[] = { &graft };
	Pubsub__Control control = PUBSUB__CONTROL__INIT;
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;

	graft.has_topic = true;
	graft.topic = pubsub_field_of(bytes_of(topic->name));
	control.n_graft = 1;
	control.graft = grafts;
	rpc.control = &control;
	member->in_mesh =
	    gossipsub_send_rpc(router, member->peer, &rpc, GOSSIPSUB_CONTROL);
}

void
gossipsub_mesh_send_prune(struct gossipsub *router,
    const struct gossipsub_topic *topic, const struct gossipsub_peer *peer,
    int64_t backoff_s)
{
	Pubsub__Prune prune = PUBSUB__PRUNE__INIT, *prunes[] = { &prune };
	Pubsub__Control control = PUBSUB__CONTROL__INIT;
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;

	prune.has_topic = true;
	prune.topic = pubsub_field_of(bytes_of(topic->name));
	prune.has_backoff_s = peer->protocol == GOSSIPSUB_V1_1;
	prune.backoff_s = (uint64_t)backoff_s;
	control.n_prune = 1;
	control.prune = prunes;
	rpc.control = &control;
	gossipsub_send_rpc(router, peer, &rpc, GOSSIPSUB_CONTROL);
}

void
gossipsub_mesh_prune(struct gossipsub *router, struct gossipsub_topic *topic,
    struct gossipsub_member *member, int64_t backoff_s, struct monotime now)
{
	member->in_mesh = false;
	gossipsub_backoff_set(topic, &member->peer->id, backoff_s, now);
	gossipsub_mesh_send_prune(router, topic, member->peer, backoff_s);
}

static bool
may_graft(const struct gossipsub *router, const struct gossipsub_topic *topic,
    const struct gossipsub_member *member)
{
	const struct gossipsub_peer *peer = member->peer;

	return !member->in_mesh && peer->protocol >= GOSSIPSUB_V1_0 &&
	       gossipsub_backoff_find(topic, &peer->id) == NULL &&
	       gossipsub_scores_get(router->scores, &peer->id) >= 0;
}

/* Any member that may be grafted, each as likely as the others, or NULL. */
static struct gossipsub_member *
pick_graft(const struct gossipsub *router, struct gossipsub_topic *topic,
    bool only_outbound)
{
	struct gossipsub_member *pick = NULL, *member;
	uint32_t seen = 0;
	size_t i;

	for (i = 0; i < topic->member_count; i++) {
		member = &topic->members[i];
		if (only_outbound && !member->peer->is_outbound)
			continue;
		if (!may_graft(router, topic, member))
			continue;
		if (random_below(++seen) == 0)
			pick = member;
	}
	return pick;
}

static void
mesh_fill(struct gossipsub *router, struct gossipsub_topic *topic, size_t count,
    bool only_outbound)
{
	struct gossipsub_member *member;

	for (; count > 0; count--) {
		member = pick_graft(router, topic, only_outbound);
		if (member == NULL)
			break;
		mesh_graft(router, topic, member);
		if (!member->in_mesh)
			break; /* its queue is full; the next heartbeat */
	}
}

void
gossipsub_mesh_fill(
    struct gossipsub *router, struct gossipsub_topic *topic, size_t want)
{
	size_t size = gossipsub_mesh_size(topic);

	if (size < want)
		mesh_fill(router, topic, want - size, false);
}

void
gossipsub_mesh_welcome(struct gossipsub *router, struct gossipsub_topic *topic,
    const struct gossipsub_peer *peer)
{
	struct gossipsub_member *member = gossipsub_topic_member(topic, peer);

	if (topic->joined && member != NULL &&
	    may_graft(router, topic, member) &&
	    gossipsub_mesh_size(topic) < GOSSIPSUB_D_LOW)
		mesh_graft(router, topic, member);
}

/* The peer to prune: the worst score, at random among equals; not the last few
 * that we dialled. */
static struct gossipsub_member *
pick_prune(const struct gossipsub *router, struct gossipsub_topic *topic)
{
	bool spare_outbound = mesh_outbound(topic) <= GOSSIPSUB_D_OUT;
	struct gossipsub_member *pick = NULL, *member;
	double score, worst = 0;
	uint32_t equals = 0;
	size_t i;

	for (i = 0; i < topic->member_count; i++) {
		member = &topic->members[i];
		if (!member->in_mesh ||
		    (spare_outbound && member->peer->is_outbound))
			continue;
		score = gossipsub_scores_get(router->scores, &member->peer->id);
		if (pick != NULL && score > worst)
			continue;
		if (pick == NULL || score < worst)
			equals = 0;
		worst = score;
		if (random_below(++equals) == 0)
			pick = member;
	}
	return pick;
}

static void
mesh_drop_bad(struct gossipsub *router, struct gossipsub_topic *topic,
    struct monotime now)
{
	struct gossipsub_member *member;
	size_t i;

	for (i = 0; i < topic->member_count; i++) {
		member = &topic->members[i];
		if (member->in_mesh &&
		    gossipsub_scores_get(router->scores, &member->peer->id) < 0)
			gossipsub_mesh_prune(router, topic, member,
			    GOSSIPSUB_PRUNE_BACKOFF_S, now);
	}
}

/* Over D_high, go down to D. */
static void
mesh_thin_out(struct gossipsub *router, struct gossipsub_topic *topic,
    struct monotime now)
{
	struct gossipsub_member *member;
	size_t size = gossipsub_mesh_size(topic);

	if (size <= GOSSIPSUB_D_HIGH)
		return;
	for (; size > GOSSIPSUB_D; size--) {
		member = pick_prune(router, topic);
		if (member == NULL)
			break;
		gossipsub_mesh_prune(
		    router, topic, member, GOSSIPSUB_PRUNE_BACKOFF_S, now);
	}
}

void
gossipsub_mesh_maintain(struct gossipsub *router, struct gossipsub_topic *topic,
    struct monotime now)
{
	size_t outbound;

	mesh_drop_bad(router, topic, now);
	if (gossipsub_mesh_size(topic) < GOSSIPSUB_D_LOW)
		gossipsub_mesh_fill(router, topic, GOSSIPSUB_D);
	mesh_thin_out(router, topic, now);
	outbound = mesh_outbound(topic);
	if (gossipsub_mesh_size(topic) >= GOSSIPSUB_D_LOW &&
	    outbound < GOSSIPSUB_D_OUT)
		mesh_fill(router, topic, GOSSIPSUB_D_OUT - outbound, true);
}
