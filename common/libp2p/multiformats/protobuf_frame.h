/*
 * protobuf_frame: messages of protobuf-c, with their length before them, as
 * most protocols of libp2p write them. uvarint_frame_decode() reads the length.
 */
#ifndef COMMON_LIBP2P_MULTIFORMATS_PROTOBUF_FRAME_H
#define COMMON_LIBP2P_MULTIFORMATS_PROTOBUF_FRAME_H

#include <protobuf-c/protobuf-c.h>

#include "common/base/buffer.h"

/* Append the message and its length. 0 or -ENOBUFS. */
int protobuf_frame_append(const ProtobufCMessage *, struct buffer *to);

/* For a member of bytes. protobuf-c takes non-const pointers but does not write
 * when packing. */
ProtobufCBinaryData protobuf_bytes(struct bytes);

#endif
