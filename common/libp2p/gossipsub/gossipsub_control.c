#include "common/libp2p/gossipsub/gossipsub_control.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"

COUNTER(pubsub_controls_dropped, "control entries over the limit of one RPC");
COUNTER(pubsub_ihave_dropped, "IHAVE over a peer's limit of one heartbeat");
COUNTER(pubsub_iwant_dropped, "IWANT over a peer's limit of one heartbeat");
COUNTER(pubsub_ids_unknown_form, "message ids of an unknown form");

static void
punish(struct gossipsub *router, const struct gossipsub_peer *peer)
{
	gossipsub_scores_punish(
	    router->scores, &peer->id, GOSSIPSUB_MISBEHAVIOUR);
}

static struct gossipsub_topic *
joined_topic(const struct gossipsub *router, ProtobufCBinaryData name)
{
	struct gossipsub_topic *topic =
	    gossipsub_topic_find(router, pubsub_field_bytes(name));

	return topic != NULL && topic->joined ? topic : NULL;
}

/* A GRAFT before the backoff is over: v1.1, "Prune Backoff" and "GRAFT
 * Flood". */
static void
punish_early_graft(struct gossipsub *router, const struct gossipsub_peer *peer,
    const struct gossipsub_backoff *backoff, struct monotime now)
{
	int64_t flood_ms =
	    1000 * (GOSSIPSUB_PRUNE_BACKOFF_S - GOSSIPSUB_GRAFT_FLOOD_S);

	punish(router, peer);
	if (monotime_since_ms(backoff->expires, now) > flood_ms)
		punish(router, peer);
}

static void
handle_graft(struct gossipsub *router, struct gossipsub_peer *peer,
    const Pubsub__Graft *graft, struct monotime now)
{
	struct gossipsub_topic *topic = joined_topic(router, graft->topic);
	struct gossipsub_member *member;
	struct gossipsub_backoff *backoff;
	bool accept;

	if (topic == NULL)
		return; /* no answer: it could be a probe */
	member = gossipsub_topic_member(topic, peer);
	if (member != NULL && member->in_mesh)
		return;
	backoff = gossipsub_backoff_find(topic, &peer->id);
	accept = member != NULL && peer->protocol != GOSSIPSUB_FLOODSUB &&
		 gossipsub_scores_get(router->scores, &peer->id) >= 0 &&
		 (peer->is_outbound ||
		     gossipsub_mesh_size(topic) < GOSSIPSUB_D_HIGH);
	if (backoff != NULL && !monotime_reached(now, backoff->expires)) {
		punish_early_graft(router, peer, backoff, now);
		accept = false;
	}
	if (accept) {
		member->in_mesh = true;
		return;
	}
	gossipsub_backoff_set(topic, &peer->id, GOSSIPSUB_PRUNE_BACKOFF_S, now);
	gossipsub_mesh_send_prune(
	    router, topic, peer, GOSSIPSUB_PRUNE_BACKOFF_S);
}

static void
handle_prune(struct gossipsub *router, struct gossipsub_peer *peer,
    const Pubsub__Prune *prune, struct monotime now)
{
	struct gossipsub_topic *topic = joined_topic(router, prune->topic);
	struct gossipsub_member *member;
	int64_t seconds = GOSSIPSUB_PRUNE_BACKOFF_S;

	if (topic == NULL)
		return;
	member = gossipsub_topic_member(topic, peer);
	if (member != NULL) /* not if it left the topic just before */
		member->in_mesh = false;
	if (prune->backoff_s > GOSSIPSUB_BACKOFF_MAX_S)
		seconds = GOSSIPSUB_BACKOFF_MAX_S; /* GHSA-gc42-3jg7-rxr2 */
	else if (prune->backoff_s > 0)
		seconds = (int64_t)prune->backoff_s;
	gossipsub_backoff_set(topic, &peer->id, seconds, now);
}

/* Decode an id that a peer sent, learning which form it uses. */
static bool
take_id(struct gossipsub_peer *peer, ProtobufCBinaryData wire,
    struct pubsub_id *ret)
{
	bool is_js;

	if (pubsub_id_decode(pubsub_field_bytes(wire), ret, &is_js) != 0) {
		counter_add(&pubsub_ids_unknown_form, 1);
		return false;
	}
	if (is_js)
		peer->is_js = true;
	return true;
}

static void
note_promise(struct gossipsub_peer *peer, const struct pubsub_id *id,
    struct monotime now)
{
	if (peer->promise_count == GOSSIPSUB_PROMISES_MAX)
		return;
	peer->promises[peer->promise_count++] = (struct gossipsub_promise){ *id,
		monotime_add_ms(now, GOSSIPSUB_IWANT_FOLLOWUP_MS) };
}

void
gossipsub_control_check_promises(
    struct gossipsub *router, struct gossipsub_peer *peer, struct monotime now)
{
	const struct gossipsub_promise *promise;
	size_t i, kept = 0;

	for (i = 0; i < peer->promise_count; i++) {
		promise = &peer->promises[i];
		if (gossipsub_seen_has(router->seen, &promise->id))
			continue;
		if (monotime_reached(now, promise->deadline))
			punish(router, peer);
		else
			peer->promises[kept++] = *promise;
	}
	peer->promise_count = kept;
}

/* Ask for ids, in the form in which they were offered. */
static bool
send_iwant(struct gossipsub *router, const struct gossipsub_peer *peer,
    ProtobufCBinaryData *ids, size_t count)
{
	Pubsub__Iwant iwant = PUBSUB__IWANT__INIT, *iwants[] = { &iwant };
	Pubsub__Control control = PUBSUB__CONTROL__INIT;
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;

	iwant.n_ids = count;
	iwant.ids = ids;
	control.n_iwant = 1;
	control.iwant = iwants;
	rpc.control = &control;
	return gossipsub_send_rpc(router, peer, &rpc, GOSSIPSUB_GOSSIP);
}

/* The ids of an IHAVE that we do not have; *ret_any is one of them at
 * random. */
static size_t
select_unseen(struct gossipsub *router, struct gossipsub_peer *peer,
    const Pubsub__Ihave *ihave, ProtobufCBinaryData *ret,
    struct pubsub_id *ret_any)
{
	struct pubsub_id id;
	struct peer_id author;
	size_t i, count = 0;

	for (i = 0; i < ihave->n_ids; i++) {
		if (peer->ihave_ids == GOSSIPSUB_IHAVE_IDS_MAX) {
			counter_add(&pubsub_ihave_dropped, 1);
			break;
		}
		peer->ihave_ids++;
		if (!take_id(peer, ihave->ids[i], &id) ||
		    gossipsub_seen_has(router->seen, &id))
			continue;
		author = pubsub_id_author(&id);
		if (peer_id_equal(&author, &router->config.self))
			continue;
		ret[count++] = ihave->ids[i];
		if (random_below((uint32_t)count) == 0)
			*ret_any = id;
	}
	return count;
}

static void
handle_ihave(struct gossipsub *router, struct gossipsub_peer *peer,
    const Pubsub__Ihave *ihave, struct monotime now)
{
	ProtobufCBinaryData *unseen;
	struct pubsub_id any;
	size_t count, max = ihave->n_ids;

	if (joined_topic(router, ihave->topic) == NULL || max == 0)
		return;
	if (peer->ihave_count == GOSSIPSUB_IHAVE_MAX) {
		counter_add(&pubsub_ihave_dropped, 1);
		return;
	}
	peer->ihave_count++;
	if (max > GOSSIPSUB_IHAVE_IDS_MAX)
		max = GOSSIPSUB_IHAVE_IDS_MAX;
	unseen = xreallocarray(NULL, max, sizeof(*unseen));
	count = select_unseen(router, peer, ihave, unseen, &any);
	if (count > 0 && send_iwant(router, peer, unseen, count))
		note_promise(peer, &any, now);
	free(unseen);
}

static void
handle_iwant(struct gossipsub *router, struct gossipsub_peer *peer,
    const Pubsub__Iwant *iwant)
{
	struct gossipsub_message *message;
	struct pubsub_id id;
	size_t i;

	if (peer->iwant_count == GOSSIPSUB_IWANT_MAX) {
		counter_add(&pubsub_iwant_dropped, 1);
		return;
	}
	peer->iwant_count++;
	for (i = 0; i < iwant->n_ids && i < GOSSIPSUB_IHAVE_IDS_MAX; i++) {
		if (!take_id(peer, iwant->ids[i], &id))
			continue;
		message =
		    gossipsub_cache_serve(router->cache, &id, peer->number);
		if (message != NULL)
			gossipsub_send(router, peer,
			    pubsub_frame_bytes(&message->frame),
			    GOSSIPSUB_GOSSIP);
	}
}

/* How many of count entries to process. */
static size_t
control_limit(size_t count)
{
	if (count <= GOSSIPSUB_CONTROLS_PER_RPC_MAX)
		return count;
	counter_add(
	    &pubsub_controls_dropped, count - GOSSIPSUB_CONTROLS_PER_RPC_MAX);
	return GOSSIPSUB_CONTROLS_PER_RPC_MAX;
}

void
gossipsub_control(struct gossipsub *router, struct gossipsub_peer *peer,
    const Pubsub__Control *control, struct monotime now)
{
	bool gossips = gossipsub_scores_get(router->scores, &peer->id) >=
		       GOSSIPSUB_SCORE_GOSSIP;
	size_t i, count;

	count = gossips ? control_limit(control->n_ihave) : 0;
	for (i = 0; i < count; i++)
		handle_ihave(router, peer, control->ihave[i], now);
	count = gossips ? control_limit(control->n_iwant) : 0;
	for (i = 0; i < count; i++)
		handle_iwant(router, peer, control->iwant[i]);
	count = control_limit(control->n_graft);
	for (i = 0; i < count; i++)
		handle_graft(router, peer, control->graft[i], now);
	count = control_limit(control->n_prune);
	for (i = 0; i < count; i++)
		handle_prune(router, peer, control->prune[i], now);
}

/* An IHAVE of these ids; a frame of no bytes if none has the wanted form. */
static struct pubsub_frame
ihave_frame(const struct gossipsub_topic *topic,
    const struct pubsub_id *const *ids, size_t count, bool as_js)
{
	Pubsub__Ihave ihave = PUBSUB__IHAVE__INIT, *ihaves[] = { &ihave };
	Pubsub__Control control = PUBSUB__CONTROL__INIT;
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;
	struct pubsub_frame frame = { 0 };
	struct bytes wire;
	size_t i;

	ihave.has_topic = true;
	ihave.topic = pubsub_field_of(bytes_of(topic->name));
	ihave.ids = xreallocarray(NULL, count, sizeof(*ihave.ids));
	for (i = 0; i < count; i++) {
		wire = pubsub_id_encode(ids[i], as_js);
		if (wire.len > 0)
			ihave.ids[ihave.n_ids++] = pubsub_field_of(wire);
	}
	control.n_ihave = 1;
	control.ihave = ihaves;
	rpc.control = &control;
	if (ihave.n_ids > 0)
		frame = pubsub_frame_new(&rpc);
	free(ihave.ids);
	return frame;
}

static bool
wants_gossip(
    const struct gossipsub *router, const struct gossipsub_member *member)
{
	return !member->in_mesh && member->peer->protocol >= GOSSIPSUB_V1_0 &&
	       gossipsub_scores_get(router->scores, &member->peer->id) >=
		   GOSSIPSUB_SCORE_GOSSIP;
}

/* To D_lazy members outside the mesh or a quarter of them, if that is more
 * (v1.1, "Adaptive Gossip Dissemination"). */
static void
gossip_to_some(struct gossipsub *router, const struct gossipsub_topic *topic,
    struct bytes go_form, struct bytes js_form)
{
	const struct gossipsub_member *member;
	uint32_t left = 0, wanted;
	struct bytes frame;
	size_t i;

	for (i = 0; i < topic->member_count; i++)
		if (wants_gossip(router, &topic->members[i]))
			left++;
	wanted = left / 4 > GOSSIPSUB_D_LAZY ? left / 4 : GOSSIPSUB_D_LAZY;
	for (i = 0; i < topic->member_count && wanted > 0; i++) {
		member = &topic->members[i];
		if (!wants_gossip(router, member))
			continue;
		if (random_below(left--) >= wanted)
			continue;
		wanted--;
		frame = member->peer->is_js ? js_form : go_form;
		if (frame.len > 0)
			gossipsub_send(
			    router, member->peer, frame, GOSSIPSUB_GOSSIP);
	}
}

void
gossipsub_control_gossip(
    struct gossipsub *router, const struct gossipsub_topic *topic)
{
	const struct pubsub_id **ids;
	struct pubsub_frame go_form, js_form;
	size_t count;

	ids = xreallocarray(NULL, GOSSIPSUB_IHAVE_IDS_MAX, sizeof(*ids));
	count = gossipsub_cache_gossip(
	    router->cache, topic->name, ids, GOSSIPSUB_IHAVE_IDS_MAX);
	if (count > 0) {
		go_form = ihave_frame(topic, ids, count, false);
		js_form = ihave_frame(topic, ids, count, true);
		gossip_to_some(router, topic, pubsub_frame_bytes(&go_form),
		    pubsub_frame_bytes(&js_form));
		pubsub_frame_free(&go_form);
		pubsub_frame_free(&js_form);
	}
	free(ids);
}
