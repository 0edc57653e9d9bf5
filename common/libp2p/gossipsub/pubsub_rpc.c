#include "common/libp2p/gossipsub/pubsub_rpc.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/uvarint.h"

enum {
	CHUNK_SIZE = 8 * 1024,
	CHUNK_ALIGN = 16,
};

/* Decoded RPCs live in chunks that are freed together. */
struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	_Alignas(CHUNK_ALIGN) uint8_t memory[];
};

struct pubsub_rpc {
	struct chunk *chunks;
	size_t total;
	Pubsub__Rpc *content;
};

struct pubsub_frame
pubsub_frame_new(const Pubsub__Rpc *rpc)
{
	size_t size = pubsub__rpc__get_packed_size(rpc);
	struct pubsub_frame frame;

	if (size > PUBSUB_RPC_MAX)
		bug("pubsub: an RPC of %zu bytes", size);
	frame.data = xzalloc(UVARINT_SIZE_MAX + size);
	frame.len = uvarint_encode(size, frame.data);
	frame.len += pubsub__rpc__pack(rpc, frame.data + frame.len);
	return frame;
}

void
pubsub_frame_free(struct pubsub_frame *frame)
{
	free(frame->data);
	*frame = (struct pubsub_frame){ 0 };
}

struct bytes
pubsub_frame_bytes(const struct pubsub_frame *frame)
{
	return (struct bytes){ frame->data, frame->len };
}

static struct chunk *
chunk_add(struct pubsub_rpc *rpc, size_t needed)
{
	size_t size = needed > CHUNK_SIZE ? needed : CHUNK_SIZE;
	struct chunk *chunk = xzalloc(sizeof(*chunk) + size);

	chunk->size = size;
	chunk->next = rpc->chunks;
	rpc->chunks = chunk;
	return chunk;
}

/* NULL makes protobuf-c give up: the RPC needs too much memory. */
static void *
rpc_alloc(void *arg, size_t size)
{
	struct pubsub_rpc *rpc = arg;
	struct chunk *chunk = rpc->chunks;
	void *memory;

	if (size > PUBSUB_RPC_MEMORY_MAX)
		return NULL;
	size = (size + CHUNK_ALIGN - 1) & ~(size_t)(CHUNK_ALIGN - 1);
	if (size > PUBSUB_RPC_MEMORY_MAX - rpc->total)
		return NULL;
	rpc->total += size;
	if (chunk == NULL || size > chunk->size - chunk->used)
		chunk = chunk_add(rpc, size);
	memory = chunk->memory + chunk->used;
	chunk->used += size;
	return memory;
}

static void
rpc_release(void *arg, void *memory)
{
	(void)arg;
	(void)memory; /* freed with its chunk */
}

int
pubsub_rpc_decode(struct bytes bytes, struct pubsub_rpc **ret)
{
	struct pubsub_rpc *rpc = xzalloc(sizeof(*rpc));
	ProtobufCAllocator allocator = { rpc_alloc, rpc_release, rpc };

	rpc->content = pubsub__rpc__unpack(&allocator, bytes.len, bytes.data);
	if (rpc->content == NULL) {
		pubsub_rpc_free(rpc);
		return -EPROTO;
	}
	*ret = rpc;
	return 0;
}

void
pubsub_rpc_free(struct pubsub_rpc *rpc)
{
	struct chunk *chunk, *next;

	if (rpc == NULL)
		return;
	for (chunk = rpc->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(rpc);
}

const Pubsub__Rpc *
pubsub_rpc_content(const struct pubsub_rpc *rpc)
{
	return rpc->content;
}

struct bytes
pubsub_field_bytes(ProtobufCBinaryData field)
{
	return (struct bytes){ field.data, field.len };
}

ProtobufCBinaryData
pubsub_field_of(struct bytes bytes)
{
	/* protobuf-c only reads it when packing. */
	return (
	    ProtobufCBinaryData){ bytes.len, (uint8_t *)(uintptr_t)bytes.data };
}
