#include "tests/unit/support/gossip_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/uvarint.h"

struct scene *scene;

static struct bytes
rpc_bytes(const Pubsub__Rpc *rpc, uint8_t **ret)
{
	size_t len = pubsub__rpc__get_packed_size(rpc);

	*ret = xzalloc(len + 1);
	pubsub__rpc__pack(rpc, *ret);
	return (struct bytes){ *ret, len };
}

static int
actor_sign(struct bytes message, uint8_t signature[64], void *arg)
{
	return identity_key_sign(
	    &((struct actor *)arg)->key, message, signature);
}

static int
router_sign(struct bytes message, uint8_t signature[64], void *arg)
{
	return actor_sign(message, signature, &((struct scene *)arg)->self);
}

static void
actor_note_control(struct actor *actor, const Pubsub__Control *control)
{
	size_t i, j;

	actor->grafts += (unsigned int)control->n_graft;
	actor->prunes += (unsigned int)control->n_prune;
	actor->ihaves += (unsigned int)control->n_ihave;
	actor->iwants += (unsigned int)control->n_iwant;
	for (i = 0; i < control->n_prune; i++)
		actor->backoff_s = control->prune[i]->backoff_s;
	for (i = 0; i < control->n_iwant; i++)
		actor->ids += (unsigned int)control->iwant[i]->n_ids;
	for (i = 0; i < control->n_ihave; i++)
		for (j = 0; j < control->ihave[i]->n_ids; j++) {
			actor->ids++;
			if (control->ihave[i]->ids[j].data[0] == 0x08)
				actor->js_ids++;
		}
}

static void
actor_note(struct actor *actor, const Pubsub__Rpc *rpc)
{
	size_t i;

	for (i = 0; i < rpc->n_subscriptions; i++)
		if (rpc->subscriptions[i]->subscribe)
			actor->subscribes++;
		else
			actor->unsubscribes++;
	actor->messages += (unsigned int)rpc->n_publish;
	if (rpc->control != NULL)
		actor_note_control(actor, rpc->control);
}

static bool
scene_send(const struct peer_id *peer, struct bytes frame,
    enum gossipsub_urgency urgency, void *arg)
{
	struct pubsub_rpc *rpc;
	struct bytes bare;
	size_t i, len;

	(void)arg;
	(void)urgency;
	if (scene->is_full)
		return false;
	for (i = 0; !peer_id_equal(&scene->peers[i].id, peer); i++)
		assert_true(i < scene->count);
	assert_int_equal(
	    uvarint_frame_decode(frame, PUBSUB_RPC_MAX, &bare, &len), 0);
	assert_int_equal(len, frame.len);
	assert_int_equal(pubsub_rpc_decode(bare, &rpc), 0);
	actor_note(&scene->peers[i], pubsub_rpc_content(rpc));
	pubsub_rpc_free(rpc);
	return true;
}

static void
actor_init(struct actor *actor)
{
	identity_key_make(&actor->key);
	peer_id_of_public_key((struct bytes){ actor->key.public_protobuf,
				  sizeof(actor->key.public_protobuf) },
	    &actor->id);
	actor->seqno = 1;
}

void
scene_forget(struct actor *actor)
{
	struct actor clear = {
		.key = actor->key, .id = actor->id, .seqno = actor->seqno
	};

	*actor = clear;
}

void
scene_drain(void)
{
	struct gossipsub_event event;

	while (gossipsub_next_event(scene->router, &event)) {
		if (event.type == GOSSIPSUB_SUBSCRIBED)
			scene->joined++;
		if (event.type == GOSSIPSUB_UNSUBSCRIBED)
			scene->left++;
		if (event.type == GOSSIPSUB_DELIVERY) {
			scene->deliveries++;
			snprintf(scene->data, sizeof(scene->data), "%.*s",
			    (int)event.data.len, event.data.data);
		}
		gossipsub_event_fini(&event);
	}
}

void
tell(size_t peer, const Pubsub__Rpc *rpc)
{
	uint8_t *memory;
	struct bytes bytes = rpc_bytes(rpc, &memory);

	gossipsub_receive(
	    scene->router, &scene->peers[peer].id, bytes, scene->now);
	free(memory);
	scene_drain();
}

void
tell_subscription(size_t peer, const char *topic, bool subscribe)
{
	Pubsub__Subscription one = PUBSUB__SUBSCRIPTION__INIT,
			     *list[] = { &one };
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;

	one.has_subscribe = one.has_topic = true;
	one.subscribe = subscribe;
	one.topic = pubsub_field_of(bytes_of(topic));
	rpc.n_subscriptions = 1;
	rpc.subscriptions = list;
	tell(peer, &rpc);
}

void
tell_graft(size_t peer, const char *topic)
{
	Pubsub__Graft one = PUBSUB__GRAFT__INIT, *list[] = { &one };
	Pubsub__Control control = PUBSUB__CONTROL__INIT;
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;

	one.has_topic = true;
	one.topic = pubsub_field_of(bytes_of(topic));
	control.n_graft = 1;
	control.graft = list;
	rpc.control = &control;
	tell(peer, &rpc);
}

void
tell_prune(size_t peer, const char *topic, uint64_t backoff_s)
{
	Pubsub__Prune one = PUBSUB__PRUNE__INIT, *list[] = { &one };
	Pubsub__Control control = PUBSUB__CONTROL__INIT;
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;

	one.has_topic = one.has_backoff_s = true;
	one.topic = pubsub_field_of(bytes_of(topic));
	one.backoff_s = backoff_s;
	control.n_prune = 1;
	control.prune = list;
	rpc.control = &control;
	tell(peer, &rpc);
}

void
tell_ids(size_t peer, const char *topic, ProtobufCBinaryData *ids, size_t count)
{
	Pubsub__Ihave ihave = PUBSUB__IHAVE__INIT, *ihaves[] = { &ihave };
	Pubsub__Iwant iwant = PUBSUB__IWANT__INIT, *iwants[] = { &iwant };
	Pubsub__Control control = PUBSUB__CONTROL__INIT;
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;

	if (topic != NULL) {
		ihave.has_topic = true;
		ihave.topic = pubsub_field_of(bytes_of(topic));
		ihave.n_ids = count;
		ihave.ids = ids;
		control.n_ihave = 1;
		control.ihave = ihaves;
	} else {
		iwant.n_ids = count;
		iwant.ids = ids;
		control.n_iwant = 1;
		control.iwant = iwants;
	}
	rpc.control = &control;
	tell(peer, &rpc);
}

void
tell_id(size_t peer, const char *topic, const struct actor *author,
    uint64_t seqno, bool as_js)
{
	ProtobufCBinaryData wire;
	struct pubsub_id id;

	pubsub_id_make(&author->id, seqno, &id);
	wire = pubsub_field_of(pubsub_id_encode(&id, as_js));
	tell_ids(peer, topic, &wire, 1);
}

void
tell_message(size_t peer, struct actor *author, const char *topic,
    const char *data, bool is_forged)
{
	struct pubsub_draft draft = { &author->id, author->seqno,
		bytes_of(topic), bytes_of(data) };
	struct pubsub_frame frame;
	struct bytes bare;
	size_t offset, len;

	assert_int_equal(
	    pubsub_message_make(&draft, actor_sign, author, &frame, &offset),
	    0);
	if (is_forged)
		frame.data[offset] ^= 1;
	uvarint_frame_decode(
	    pubsub_frame_bytes(&frame), PUBSUB_RPC_MAX, &bare, &len);
	gossipsub_receive(
	    scene->router, &scene->peers[peer].id, bare, scene->now);
	pubsub_frame_free(&frame);
	scene_drain();
}

size_t
scene_add(enum gossipsub_protocol protocol, bool subscribes)
{
	size_t i = scene->count++;

	assert_true(i < SCENE_PEERS_MAX);
	actor_init(&scene->peers[i]);
	gossipsub_add_peer(
	    scene->router, &scene->peers[i].id, false, scene->now);
	gossipsub_set_protocol(scene->router, &scene->peers[i].id, protocol);
	if (subscribes)
		tell_subscription(i, SCENE_TOPIC, true);
	return i;
}

void
scene_beat(unsigned int count)
{
	for (; count > 0; count--) {
		scene->now =
		    monotime_add_ms(scene->now, GOSSIPSUB_HEARTBEAT_MS);
		gossipsub_heartbeat(scene->router, scene->now);
		scene_drain();
	}
}

double
scene_score(size_t peer)
{
	return gossipsub_score(scene->router, &scene->peers[peer].id);
}

bool
scene_in_mesh(size_t peer)
{
	struct peer_id mesh[SCENE_PEERS_MAX];
	size_t i, count;

	count =
	    gossipsub_mesh(scene->router, SCENE_TOPIC, mesh, SCENE_PEERS_MAX);
	for (i = 0; i < count; i++)
		if (peer_id_equal(&mesh[i], &scene->peers[peer].id))
			return true;
	return false;
}

int
scene_set_up(void **state)
{
	(void)state;
	scene = xzalloc(sizeof(*scene));
	scene->now.us = 1000000;
	actor_init(&scene->self);
	scene->router =
	    gossipsub_new(&(struct gossipsub_config){ .self = scene->self.id,
			      .first_seqno = 1,
			      .sign = router_sign,
			      .send = scene_send,
			      .arg = scene },
		scene->now);
	assert_int_equal(gossipsub_join(scene->router, SCENE_TOPIC), 0);
	return 0;
}

int
scene_tear_down(void **state)
{
	(void)state;
	gossipsub_free(scene->router);
	free(scene);
	return 0;
}
