#include "common/libp2p/autonat/autonat_message.h"

#include <errno.h>

#include "common/libp2p/multiformats/protobuf_frame.h"
#include "common/libp2p/multiformats/uvarint.h"
#include "proto/libp2p/autonat.pb-c.h"

/* --- encoding --- */

static int
encode_request(const struct autonat_message *message, struct buffer *to)
{
	Autonat__Message wire = AUTONAT__MESSAGE__INIT;
	Autonat__DialRequest request = AUTONAT__DIAL_REQUEST__INIT;
	ProtobufCBinaryData addresses[AUTONAT_ADDRESSES_MAX];
	size_t i;

	for (i = 0; i < message->address_count; i++)
		addresses[i] =
		    protobuf_bytes(multiaddr_bytes(&message->addresses[i]));
	request.addrs = addresses;
	request.n_addrs = message->address_count;
	request.has_nonce = true;
	request.nonce = message->nonce;
	wire.dialrequest = &request;
	return protobuf_frame_append(&wire.base, to);
}

static int
encode_response(const struct autonat_message *message, struct buffer *to)
{
	Autonat__Message wire = AUTONAT__MESSAGE__INIT;
	Autonat__DialResponse response = AUTONAT__DIAL_RESPONSE__INIT;

	response.has_status = response.has_addridx = response.has_dialstatus =
	    true;
	response.status = message->status;
	response.addridx = message->index;
	response.dialstatus = message->dial_status;
	wire.dialresponse = &response;
	return protobuf_frame_append(&wire.base, to);
}

static int
encode_data_request(const struct autonat_message *message, struct buffer *to)
{
	Autonat__Message wire = AUTONAT__MESSAGE__INIT;
	Autonat__DialDataRequest request = AUTONAT__DIAL_DATA_REQUEST__INIT;

	request.has_addridx = request.has_numbytes = true;
	request.addridx = message->index;
	request.numbytes = message->data_wanted;
	wire.dialdatarequest = &request;
	return protobuf_frame_append(&wire.base, to);
}

static int
encode_data_response(const struct autonat_message *message, struct buffer *to)
{
	static const uint8_t nothing[AUTONAT_DATA_PIECE_MAX];
	Autonat__Message wire = AUTONAT__MESSAGE__INIT;
	Autonat__DialDataResponse response = AUTONAT__DIAL_DATA_RESPONSE__INIT;

	response.has_data = true;
	response.data =
	    protobuf_bytes((struct bytes){ nothing, message->data_len });
	wire.dialdataresponse = &response;
	return protobuf_frame_append(&wire.base, to);
}

int
autonat_message_encode(const struct autonat_message *message, struct buffer *to)
{
	switch (message->type) {
	case AUTONAT_DIAL_REQUEST:
		return encode_request(message, to);
	case AUTONAT_DIAL_RESPONSE:
		return encode_response(message, to);
	case AUTONAT_DATA_REQUEST:
		return encode_data_request(message, to);
	case AUTONAT_DATA_RESPONSE:
		return encode_data_response(message, to);
	}
	return -EINVAL;
}

/* --- decoding --- */

static void
read_request(const Autonat__DialRequest *wire, struct autonat_message *ret)
{
	struct multiaddr *address;
	size_t i;

	ret->type = AUTONAT_DIAL_REQUEST;
	ret->nonce = wire->nonce;
	for (i = 0; i < wire->n_addrs && i < AUTONAT_ADDRESSES_MAX; i++) {
		address = &ret->addresses[ret->address_count++];
		if (multiaddr_decode((struct bytes){ wire->addrs[i].data,
					 wire->addrs[i].len },
			address) < 0)
			address->len = 0;
	}
}

/* Exactly one of the four is there; of more, the first counts. */
static int
read_message(const Autonat__Message *wire, struct autonat_message *ret)
{
	if (wire->dialrequest != NULL) {
		read_request(wire->dialrequest, ret);
	} else if (wire->dialresponse != NULL) {
		ret->type = AUTONAT_DIAL_RESPONSE;
		ret->status = wire->dialresponse->status;
		ret->index = wire->dialresponse->addridx;
		ret->dial_status = wire->dialresponse->dialstatus;
	} else if (wire->dialdatarequest != NULL) {
		ret->type = AUTONAT_DATA_REQUEST;
		ret->index = wire->dialdatarequest->addridx;
		ret->data_wanted = wire->dialdatarequest->numbytes;
	} else if (wire->dialdataresponse != NULL) {
		ret->type = AUTONAT_DATA_RESPONSE;
		ret->data_len = wire->dialdataresponse->data.len;
		if (ret->data_len > AUTONAT_DATA_PIECE_MAX)
			return -EMSGSIZE;
	} else {
		return -EINVAL;
	}
	return 0;
}

int
autonat_message_decode(
    struct bytes input, struct autonat_message *ret, size_t *ret_len)
{
	Autonat__Message *wire;
	struct bytes body;
	int rc;

	*ret = (struct autonat_message){ 0 };
	rc = uvarint_frame_decode(input, AUTONAT_MESSAGE_MAX, &body, ret_len);
	if (rc == UVARINT_MORE)
		return AUTONAT_MORE;
	if (rc < 0)
		return rc;
	wire = autonat__message__unpack(NULL, body.len, body.data);
	if (wire == NULL)
		return -EINVAL;
	rc = read_message(wire, ret);
	autonat__message__free_unpacked(wire, NULL);
	return rc;
}

/* --- the dial back --- */

int
autonat_back_encode(uint64_t nonce, struct buffer *to)
{
	Autonat__DialBack wire = AUTONAT__DIAL_BACK__INIT;

	wire.has_nonce = true;
	wire.nonce = nonce;
	return protobuf_frame_append(&wire.base, to);
}

int
autonat_back_decode(struct bytes input, uint64_t *ret_nonce, size_t *ret_len)
{
	Autonat__DialBack *wire;
	struct bytes body;
	int rc;

	rc = uvarint_frame_decode(input, AUTONAT_BACK_MAX, &body, ret_len);
	if (rc == UVARINT_MORE)
		return AUTONAT_MORE;
	if (rc < 0)
		return rc;
	wire = autonat__dial_back__unpack(NULL, body.len, body.data);
	if (wire == NULL)
		return -EINVAL;
	*ret_nonce = wire->nonce;
	autonat__dial_back__free_unpacked(wire, NULL);
	return 0;
}

int
autonat_back_answer_encode(struct buffer *to)
{
	Autonat__DialBackResponse wire = AUTONAT__DIAL_BACK_RESPONSE__INIT;

	wire.has_status = true; /* 0: OK */
	return protobuf_frame_append(&wire.base, to);
}
