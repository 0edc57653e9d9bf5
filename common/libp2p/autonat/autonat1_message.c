#include "common/libp2p/autonat/autonat1_message.h"

#include <errno.h>

#include "common/libp2p/multiformats/protobuf_frame.h"
#include "common/libp2p/multiformats/uvarint.h"
#include "proto/libp2p/autonat.pb-c.h"

static int
encode_dial(const struct autonat1_message *message, struct buffer *to)
{
	Autonat__Message1 wire = AUTONAT__MESSAGE1__INIT;
	Autonat__Dial1 dial = AUTONAT__DIAL1__INIT;
	Autonat__PeerInfo peer = AUTONAT__PEER_INFO__INIT;
	ProtobufCBinaryData addresses[AUTONAT1_ADDRESSES_MAX];
	size_t i;

	for (i = 0; i < message->address_count; i++)
		addresses[i] =
		    protobuf_bytes(multiaddr_bytes(&message->addresses[i]));
	peer.has_id = message->peer.len > 0;
	peer.id = protobuf_bytes(peer_id_bytes(&message->peer));
	peer.addrs = addresses;
	peer.n_addrs = message->address_count;
	dial.peer = &peer;
	wire.has_type = true;
	wire.type = message->type;
	wire.dial = &dial;
	return protobuf_frame_append(&wire.base, to);
}

static int
encode_response(const struct autonat1_message *message, struct buffer *to)
{
	Autonat__Message1 wire = AUTONAT__MESSAGE1__INIT;
	Autonat__DialResponse1 response = AUTONAT__DIAL_RESPONSE1__INIT;

	response.has_status = true;
	response.status = message->status;
	response.has_addr = message->address_count > 0;
	response.addr = protobuf_bytes(multiaddr_bytes(&message->addresses[0]));
	wire.has_type = true;
	wire.type = message->type;
	wire.dialresponse = &response;
	return protobuf_frame_append(&wire.base, to);
}

int
autonat1_message_encode(
    const struct autonat1_message *message, struct buffer *to)
{
	return message->type == AUTONAT1_DIAL ? encode_dial(message, to)
					      : encode_response(message, to);
}

static void
add_address(const ProtobufCBinaryData *wire, struct autonat1_message *ret)
{
	if (ret->address_count < AUTONAT1_ADDRESSES_MAX &&
	    multiaddr_decode((struct bytes){ wire->data, wire->len },
		&ret->addresses[ret->address_count]) == 0)
		ret->address_count++;
}

static int
read_peer(const Autonat__PeerInfo *peer, struct autonat1_message *ret)
{
	size_t i;

	for (i = 0; i < peer->n_addrs; i++)
		add_address(&peer->addrs[i], ret);
	if (!peer->has_id)
		return 0;
	return peer_id_decode((struct bytes){ peer->id.data, peer->id.len },
		   &ret->peer) < 0
		   ? -EINVAL
		   : 0;
}

static int
read_message(const Autonat__Message1 *wire, struct autonat1_message *ret)
{
	ret->type = wire->type;
	if (wire->type == AUTONAT1_DIAL)
		return wire->dial != NULL && wire->dial->peer != NULL
			   ? read_peer(wire->dial->peer, ret)
			   : 0;
	if (wire->dialresponse == NULL)
		return -EINVAL;
	ret->status = wire->dialresponse->status;
	if (wire->dialresponse->has_addr)
		add_address(&wire->dialresponse->addr, ret);
	return 0;
}

int
autonat1_message_decode(
    struct bytes input, struct autonat1_message *ret, size_t *ret_len)
{
	Autonat__Message1 *wire;
	struct bytes body;
	int rc;

	*ret = (struct autonat1_message){ 0 };
	rc = uvarint_frame_decode(input, AUTONAT1_MESSAGE_MAX, &body, ret_len);
	if (rc == UVARINT_MORE)
		return AUTONAT1_MORE;
	if (rc < 0)
		return rc;
	wire = autonat__message1__unpack(NULL, body.len, body.data);
	if (wire == NULL)
		return -EINVAL;
	rc = read_message(wire, ret);
	autonat__message1__free_unpacked(wire, NULL);
	return rc;
}
