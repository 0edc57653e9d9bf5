/* What decodes must encode, and decode again to the same. The first byte says
 * which kind of message follows. */
#include <stdlib.h>
#include <string.h>

#include "common/libp2p/relay/relay_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct relay_message message, again;
	enum relay_kind kind;
	struct buffer wire;
	size_t len;

	if (size == 0)
		return 0;
	kind = data[0] & 1 ? RELAY_STOP : RELAY_HOP;
	buffer_init(&wire, 2 * RELAY_MESSAGE_MAX);
	if (relay_message_decode(kind, (struct bytes){ data + 1, size - 1 },
		&message, &len) == 0) {
		if (len > size - 1 ||
		    relay_message_encode(kind, &message, &wire) < 0 ||
		    relay_message_decode(
			kind, buffer_bytes(&wire), &again, &len) != 0 ||
		    again.type != message.type ||
		    again.status != message.status ||
		    again.expire != message.expire ||
		    again.limit_bytes != message.limit_bytes ||
		    !peer_id_equal(&again.peer, &message.peer))
			abort();
	}
	buffer_fini(&wire);
	return 0;
}
