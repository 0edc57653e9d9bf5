#include "common/libp2p/relay/relay_message.h"

#include <errno.h>

#include "common/libp2p/multiformats/protobuf_frame.h"
#include "common/libp2p/multiformats/uvarint.h"
#include "proto/libp2p/circuit.pb-c.h"

/* The types on the wire, by enum relay_type; a stop has no RESERVE. */
static const uint32_t type_numbers[][3] = {
	[RELAY_HOP] = { [RELAY_RESERVE] = 0,
	    [RELAY_CONNECT] = 1,
	    [RELAY_STATUS] = 2 },
	[RELAY_STOP] = { [RELAY_RESERVE] = UINT32_MAX,
	    [RELAY_CONNECT] = 0,
	    [RELAY_STATUS] = 1 },
};

/* --- encoding --- */

/* The parts of a message; hop and stop have the same ones. */
struct parts {
	Circuit__Peer peer;
	Circuit__Reservation reservation;
	Circuit__Limit limit;
	ProtobufCBinaryData addresses[RELAY_ADDRESSES_MAX];
};

static void
fill_parts(const struct relay_message *message, struct parts *parts)
{
	size_t i;

	circuit__peer__init(&parts->peer);
	parts->peer.has_id = true;
	parts->peer.id = protobuf_bytes(peer_id_bytes(&message->peer));
	circuit__reservation__init(&parts->reservation);
	parts->reservation.has_expire = true;
	parts->reservation.expire = message->expire;
	for (i = 0; i < message->address_count; i++)
		parts->addresses[i] =
		    protobuf_bytes(multiaddr_bytes(&message->addresses[i]));
	parts->reservation.addrs = parts->addresses;
	parts->reservation.n_addrs = message->address_count;
	circuit__limit__init(&parts->limit);
	parts->limit.has_duration = message->limit_s > 0;
	parts->limit.duration = message->limit_s;
	parts->limit.has_data = message->limit_bytes > 0;
	parts->limit.data = message->limit_bytes;
}

/* The members that hop and stop share; of the two types alone the class
 * differs. */
#define FILL(to, kind, message, parts) \
	do { \
		(to)->has_type = true; \
		(to)->type = type_numbers[kind][(message)->type]; \
		if ((message)->peer.len > 0) \
			(to)->peer = &(parts)->peer; \
		if ((message)->has_limit) \
			(to)->limit = &(parts)->limit; \
		(to)->has_status = (message)->status != 0; \
		(to)->status = (message)->status; \
	} while (0)

int
relay_message_encode(enum relay_kind kind, const struct relay_message *message,
    struct buffer *to)
{
	Circuit__Hop hop = CIRCUIT__HOP__INIT;
	Circuit__Stop stop = CIRCUIT__STOP__INIT;
	struct parts parts;

	fill_parts(message, &parts);
	if (kind == RELAY_STOP) {
		FILL(&stop, kind, message, &parts);
		return protobuf_frame_append(&stop.base, to);
	}
	FILL(&hop, kind, message, &parts);
	if (message->expire > 0)
		hop.reservation = &parts.reservation;
	return protobuf_frame_append(&hop.base, to);
}

/* --- decoding --- */

static int
read_type(enum relay_kind kind, uint32_t number, struct relay_message *ret)
{
	enum relay_type type;

	for (type = RELAY_RESERVE; type <= RELAY_STATUS; type++)
		if (type_numbers[kind][type] == number) {
			ret->type = type;
			return 0;
		}
	return -EINVAL;
}

static int
read_peer(const Circuit__Peer *peer, struct relay_message *ret)
{
	struct bytes id;

	if (peer == NULL)
		return 0;
	id = (struct bytes){ peer->id.data, peer->id.len };
	return peer_id_decode(id, &ret->peer) < 0 ? -EINVAL : 0;
}

static void
read_reservation(
    const Circuit__Reservation *reservation, struct relay_message *ret)
{
	struct multiaddr *address;
	size_t i;

	if (reservation == NULL)
		return;
	ret->expire = reservation->expire;
	for (i = 0; i < reservation->n_addrs &&
		    ret->address_count < RELAY_ADDRESSES_MAX;
	     i++) {
		address = &ret->addresses[ret->address_count];
		if (multiaddr_decode((struct bytes){ reservation->addrs[i].data,
					 reservation->addrs[i].len },
			address) == 0)
			ret->address_count++;
	}
}

static void
read_limit(const Circuit__Limit *limit, struct relay_message *ret)
{
	ret->has_limit = limit != NULL;
	if (limit == NULL)
		return;
	ret->limit_s = limit->duration;
	ret->limit_bytes = limit->data;
}

static int
decode_hop(struct bytes body, struct relay_message *ret)
{
	Circuit__Hop *hop = circuit__hop__unpack(NULL, body.len, body.data);
	int rc;

	if (hop == NULL)
		return -EINVAL;
	rc = read_type(RELAY_HOP, hop->type, ret);
	if (rc == 0)
		rc = read_peer(hop->peer, ret);
	read_reservation(hop->reservation, ret);
	read_limit(hop->limit, ret);
	ret->status = hop->status;
	circuit__hop__free_unpacked(hop, NULL);
	return rc;
}

static int
decode_stop(struct bytes body, struct relay_message *ret)
{
	Circuit__Stop *stop = circuit__stop__unpack(NULL, body.len, body.data);
	int rc;

	if (stop == NULL)
		return -EINVAL;
	rc = read_type(RELAY_STOP, stop->type, ret);
	if (rc == 0)
		rc = read_peer(stop->peer, ret);
	read_limit(stop->limit, ret);
	ret->status = stop->status;
	circuit__stop__free_unpacked(stop, NULL);
	return rc;
}

int
relay_message_decode(enum relay_kind kind, struct bytes input,
    struct relay_message *ret, size_t *ret_len)
{
	struct bytes body;
	int rc;

	*ret = (struct relay_message){ 0 };
	rc = uvarint_frame_decode(input, RELAY_MESSAGE_MAX, &body, ret_len);
	if (rc == UVARINT_MORE)
		return RELAY_MORE;
	if (rc < 0)
		return rc;
	return kind == RELAY_HOP ? decode_hop(body, ret)
				 : decode_stop(body, ret);
}

const char *
relay_status_text(unsigned int status)
{
	switch (status) {
#define RELAY_STATUS_TEXT(name, number, text) \
	case RELAY_##name: \
		return text;
		RELAY_STATUSES(RELAY_STATUS_TEXT)
	}
	return "the relay refuses without a known reason";
}
