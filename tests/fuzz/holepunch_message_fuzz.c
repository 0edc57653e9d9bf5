/* What decodes must encode, and decode again to the same. */
#include <stdlib.h>

#include "common/libp2p/holepunch/holepunch_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = { data, size };
	struct holepunch_message message, again;
	struct buffer wire;
	size_t len, i;

	if (holepunch_message_decode(input, &message, &len) != 0)
		return 0;
	buffer_init(&wire, 2 * HOLEPUNCH_MESSAGE_MAX);
	if (len > size || holepunch_message_encode(&message, &wire) < 0 ||
	    holepunch_message_decode(buffer_bytes(&wire), &again, &len) != 0 ||
	    again.type != message.type ||
	    again.address_count != message.address_count)
		abort();
	for (i = 0; i < message.address_count; i++)
		if (!multiaddr_equal(
			&message.addresses[i], &again.addresses[i]))
			abort();
	buffer_fini(&wire);
	return 0;
}
