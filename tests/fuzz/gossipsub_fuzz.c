/*
 * A router under orders: a byte says what happens (who speaks, which event),
 * a frame follows where there is one. Nothing may break, every count must stay
 * within its limit, and in the end nothing is left.
 */
#include "common/base/fault.h"
#include "common/libp2p/gossipsub/gossipsub.h"
#include "common/libp2p/gossipsub/gossipsub_cache.h"
#include "common/libp2p/gossipsub/gossipsub_score.h"
#include "common/libp2p/multiformats/uvarint.h"

#define TOPIC "goop.presence.v1"

enum { PEERS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
sign(struct bytes message, uint8_t signature[64], void *arg)
{
	(void)message;
	(void)arg;
	signature[0] = 1;
	return 0;
}

static bool
send_frame(const struct peer_id *peer, struct bytes frame,
    enum gossipsub_urgency urgency, void *arg)
{
	struct bytes bare;
	size_t len;

	(void)peer;
	(void)arg;
	if (uvarint_frame_decode(frame, PUBSUB_RPC_MAX, &bare, &len) != 0 ||
	    len != frame.len)
		bug("a bad frame");
	return urgency != GOSSIPSUB_GOSSIP || frame.len % 3 != 0;
}

static struct peer_id
peer_of(uint8_t number)
{
	struct peer_id peer = { .len = 38, .data = { 0x00, 0x24, 0x08, 0x01 } };

	peer.data[4] = 0x12;
	peer.data[5] = 0x20;
	peer.data[6] = number;
	return peer;
}

static void
happen(struct gossipsub *router, uint8_t what, struct cursor *cursor,
    struct monotime *now)
{
	struct peer_id peer = peer_of(what % PEERS);
	struct bytes rpc, rest;
	size_t len;

	switch (what / PEERS % 10) {
	case 0:
		gossipsub_add_peer(router, &peer, what & 0x80, *now);
		break;
	case 1:
		gossipsub_remove_peer(router, &peer);
		break;
	case 2:
		gossipsub_set_protocol(router, &peer, what >> 6);
		break;
	case 3:
		*now = monotime_add_ms(*now, (what >> 4) * 900);
		gossipsub_heartbeat(router, *now);
		break;
	case 4:
		gossipsub_leave(router, TOPIC, *now);
		break;
	case 5:
		gossipsub_join(router, TOPIC);
		break;
	case 6:
		gossipsub_publish(router, TOPIC, bytes_of("x"), *now, &len);
		break;
	default:
		rest = cursor_rest(cursor);
		if (uvarint_frame_decode(rest, PUBSUB_RPC_MAX, &rpc, &len) != 0)
			break;
		cursor_take(cursor, len);
		gossipsub_receive(router, &peer, rpc, *now);
		break;
	}
}

static void
check(struct gossipsub *router)
{
	struct gossipsub_usage usage = gossipsub_usage(router);
	struct gossipsub_event event;

	if (usage.peers > PEERS || usage.scores > PEERS ||
	    usage.topics > 1 + PEERS * GOSSIPSUB_TOPICS_PER_PEER_MAX ||
	    usage.backoffs > PEERS ||
	    usage.cached_bytes > GOSSIPSUB_CACHE_BYTES_MAX)
		bug("over a limit");
	while (gossipsub_next_event(router, &event))
		gossipsub_event_fini(&event);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gossipsub_config config = { .self = peer_of(99),
		.first_seqno = 1,
		.sign = sign,
		.send = send_frame };
	struct monotime now = { 1000000 };
	struct gossipsub *router = gossipsub_new(&config, now);
	struct cursor cursor = cursor_over((struct bytes){ data, size });
	struct peer_id peer;
	uint8_t i;

	for (i = 0; i < PEERS; i++) {
		peer = peer_of(i);
		gossipsub_add_peer(router, &peer, i % 2 == 0, now);
		gossipsub_set_protocol(router, &peer, GOSSIPSUB_V1_1);
	}
	gossipsub_join(router, TOPIC);
	while (cursor_rest(&cursor).len > 0) {
		happen(router, cursor_u8(&cursor), &cursor, &now);
		check(router);
	}
	gossipsub_free(router);
	return 0;
}
