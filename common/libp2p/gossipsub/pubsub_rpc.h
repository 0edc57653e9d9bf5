/*
 * pubsub_rpc: frames between pubsub peers: a uvarint length and an RPC in
 * protobuf (libp2p pubsub specification, "The RPC"). The cost of a peer's RPC
 * is bounded by its length and by the memory for decoding it.
 * uvarint_frame_decode() splits frames.
 */
#ifndef COMMON_LIBP2P_GOSSIPSUB_PUBSUB_RPC_H
#define COMMON_LIBP2P_GOSSIPSUB_PUBSUB_RPC_H

#include "common/base/bytes.h"

#include "proto/libp2p/pubsub.pb-c.h"

enum {
	PUBSUB_RPC_MAX = 1024 * 1024,            /* as go */
	PUBSUB_RPC_MEMORY_MAX = 4 * 1024 * 1024, /* of a decoded RPC */
};

/* A frame of our own, to be freed with pubsub_frame_free(). */
struct pubsub_frame {
	size_t len;
	uint8_t *data;
};

/* Frame an RPC of ours, which must not exceed PUBSUB_RPC_MAX. */
struct pubsub_frame pubsub_frame_new(const Pubsub__Rpc *);
void pubsub_frame_free(struct pubsub_frame *);
struct bytes pubsub_frame_bytes(const struct pubsub_frame *);

/* A decoded RPC and the memory it lives in. */
struct pubsub_rpc;

/* 0, or -EPROTO: malformed, or over PUBSUB_RPC_MEMORY_MAX. */
int pubsub_rpc_decode(struct bytes, struct pubsub_rpc **ret);
void pubsub_rpc_free(struct pubsub_rpc *); /* NULL is fine */
const Pubsub__Rpc *pubsub_rpc_content(const struct pubsub_rpc *);

/* Field values as bytes, and back; both borrow. */
struct bytes pubsub_field_bytes(ProtobufCBinaryData);
ProtobufCBinaryData pubsub_field_of(struct bytes);

#endif
