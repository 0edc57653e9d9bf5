#include "common/libp2p/multiformats/protobuf_frame.h"

#include <errno.h>

#include "common/libp2p/multiformats/uvarint.h"

int
protobuf_frame_append(const ProtobufCMessage *message, struct buffer *to)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *room;

	if (buffer_room(to) < len + UVARINT_SIZE_MAX ||
	    uvarint_append(to, len) < 0)
		return -ENOBUFS;
	room = buffer_reserve(to, len);
	if (room == NULL)
		return -ENOBUFS;
	buffer_commit(to, protobuf_c_message_pack(message, room));
	return 0;
}

ProtobufCBinaryData
protobuf_bytes(struct bytes bytes)
{
	return (
	    ProtobufCBinaryData){ bytes.len, (uint8_t *)(uintptr_t)bytes.data };
}
