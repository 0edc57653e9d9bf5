/* Messages and ids in whatever decodes: what we would relay of them is
 * understood by the other side as we understood it. */
#include <stdlib.h>

#include "common/base/fault.h"
#include "common/libp2p/gossipsub/pubsub_message.h"
#include "common/libp2p/multiformats/uvarint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
assert_relayed(struct pubsub_frame *frame, const struct pubsub_message *first)
{
	struct pubsub_message second;
	struct pubsub_frame again;
	struct pubsub_rpc *rpc;
	struct bytes bare;
	size_t len, offset;

	if (uvarint_frame_decode(
		pubsub_frame_bytes(frame), PUBSUB_RPC_MAX, &bare, &len) != 0 ||
	    pubsub_rpc_decode(bare, &rpc) != 0 ||
	    pubsub_message_parse(
		pubsub_rpc_content(rpc)->publish[0], &second) != 0)
		bug("what was encoded does not decode");
	again = pubsub_message_frame(&second.content, &offset);
	if (!bytes_equal(
		pubsub_frame_bytes(frame), pubsub_frame_bytes(&again)) ||
	    !bytes_equal(first->data,
		(struct bytes){ again.data + offset, first->data.len }))
		bug("understood in another way");
	pubsub_frame_free(&again);
	pubsub_rpc_free(rpc);
}

static void
try_messages(const Pubsub__Rpc *rpc)
{
	struct pubsub_message message;
	struct pubsub_frame frame;
	size_t i, offset;

	for (i = 0; i < rpc->n_publish && i < 4; i++) {
		if (pubsub_message_parse(rpc->publish[i], &message) != 0)
			continue;
		pubsub_message_verify(&message);
		frame = pubsub_message_frame(&message.content, &offset);
		assert_relayed(&frame, &message);
		pubsub_frame_free(&frame);
	}
}

static void
try_id(struct bytes wire)
{
	struct pubsub_id id, again;
	struct bytes encoded;
	bool is_js;

	if (pubsub_id_decode(wire, &id, &is_js) != 0)
		return;
	encoded = pubsub_id_encode(&id, false);
	if (pubsub_id_decode(encoded, &again, &is_js) != 0 || is_js ||
	    !bytes_equal(encoded, pubsub_id_encode(&again, false)))
		bug("an id that is not itself");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pubsub_rpc *rpc;

	try_id((struct bytes){ data, size });
	if (pubsub_rpc_decode((struct bytes){ data, size }, &rpc) != 0)
		return 0;
	try_messages(pubsub_rpc_content(rpc));
	pubsub_rpc_free(rpc);
	return 0;
}
