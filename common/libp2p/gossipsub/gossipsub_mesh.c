#include "common/base/random.h"
#include "common/libp2p/gossipsub/gossipsub_state.h"

size_t
gossipsub_mesh_size(const struct gossipsub_topic *topic)
{
	size_t i, size = 0;

	for (i = 0; i < topic->member_count; i++)
		if (topic->members[i].in_mesh)
			size++;
	return size;
}

/* Mesh peers that we connected to: harder to fill up by an attacker. */
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

void
gossipsub_mesh_graft(struct gossipsub *router, struct gossipsub_topic *topic,
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
		gossipsub_mesh_graft(router, topic, member);
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
		gossipsub_mesh_graft(router, topic, member);
}

/* Who has to go: the worst score, by lot among equals; not the last few that
 * we connected to. */
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
