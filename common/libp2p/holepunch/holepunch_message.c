#include "common/libp2p/holepunch/holepunch_message.h"

#include <errno.h>

#include "common/libp2p/multiformats/protobuf_frame.h"
#include "common/libp2p/multiformats/uvarint.h"
#include "proto/libp2p/holepunch.pb-c.h"

int
holepunch_message_encode(
    const struct holepunch_message *message, struct buffer *to)
{
	Holepunch__HolePunch wire = HOLEPUNCH__HOLE_PUNCH__INIT;
	ProtobufCBinaryData addresses[HOLEPUNCH_ADDRESSES_MAX];
	size_t i;

	for (i = 0; i < message->address_count; i++)
		addresses[i] =
		    protobuf_bytes(multiaddr_bytes(&message->addresses[i]));
	wire.has_type = true;
	wire.type = message->type;
	wire.obsaddrs = addresses;
	wire.n_obsaddrs = message->address_count;
	return protobuf_frame_append(&wire.base, to);
}

static int
read_message(const Holepunch__HolePunch *wire, struct holepunch_message *ret)
{
	const ProtobufCBinaryData *address;
	size_t i;

	if (wire->type != HOLEPUNCH_CONNECT && wire->type != HOLEPUNCH_SYNC)
		return -EINVAL;
	ret->type = wire->type;
	for (i = 0; i < wire->n_obsaddrs &&
		    ret->address_count < HOLEPUNCH_ADDRESSES_MAX;
	     i++) {
		address = &wire->obsaddrs[i];
		if (multiaddr_decode(
			(struct bytes){ address->data, address->len },
			&ret->addresses[ret->address_count]) == 0)
			ret->address_count++;
	}
	return 0;
}

int
holepunch_message_decode(
    struct bytes input, struct holepunch_message *ret, size_t *ret_len)
{
	Holepunch__HolePunch *wire;
	struct bytes body;
	int rc;

	*ret = (struct holepunch_message){ 0 };
	rc = uvarint_frame_decode(input, HOLEPUNCH_MESSAGE_MAX, &body, ret_len);
	if (rc == UVARINT_MORE)
		return HOLEPUNCH_MORE;
	if (rc < 0)
		return rc;
	wire = holepunch__hole_punch__unpack(NULL, body.len, body.data);
	if (wire == NULL)
		return -EINVAL;
	rc = read_message(wire, ret);
	holepunch__hole_punch__free_unpacked(wire, NULL);
	return rc;
}
