/* What decodes must encode, and decode again to the same. The first byte says
 * which kind of message follows. */
#include <stdlib.h>
#include <string.h>

#include "common/libp2p/autonat/autonat1_message.h"
#include "common/libp2p/autonat/autonat_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_version_2(struct bytes input)
{
	struct autonat_message message, again;
	struct buffer wire;
	size_t len, i;

	if (autonat_message_decode(input, &message, &len) != 0)
		return;
	buffer_init(&wire, 2 * AUTONAT_MESSAGE_MAX);
	if (len > input.len || autonat_message_encode(&message, &wire) < 0 ||
	    autonat_message_decode(buffer_bytes(&wire), &again, &len) != 0 ||
	    again.type != message.type || again.status != message.status ||
	    again.dial_status != message.dial_status ||
	    again.nonce != message.nonce || again.index != message.index ||
	    again.data_wanted != message.data_wanted ||
	    again.data_len != message.data_len ||
	    again.address_count != message.address_count)
		abort();
	for (i = 0; i < message.address_count; i++)
		if (!multiaddr_equal(
			&message.addresses[i], &again.addresses[i]))
			abort();
	buffer_fini(&wire);
}

static void
try_version_1(struct bytes input)
{
	struct autonat1_message message, again;
	struct buffer wire;
	size_t len;

	if (autonat1_message_decode(input, &message, &len) != 0)
		return;
	buffer_init(&wire, 2 * AUTONAT1_MESSAGE_MAX);
	if (len > input.len || autonat1_message_encode(&message, &wire) < 0 ||
	    autonat1_message_decode(buffer_bytes(&wire), &again, &len) != 0 ||
	    again.type != message.type || again.status != message.status ||
	    !peer_id_equal(&again.peer, &message.peer) ||
	    again.address_count != message.address_count)
		abort();
	buffer_fini(&wire);
}

static void
try_back(struct bytes input)
{
	struct buffer wire;
	uint64_t nonce, again;
	size_t len;

	if (autonat_back_decode(input, &nonce, &len) != 0)
		return;
	buffer_init(&wire, AUTONAT_BACK_MAX);
	if (len > input.len || autonat_back_encode(nonce, &wire) < 0 ||
	    autonat_back_decode(buffer_bytes(&wire), &again, &len) != 0 ||
	    again != nonce)
		abort();
	buffer_fini(&wire);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input;

	if (size == 0)
		return 0;
	input = (struct bytes){ data + 1, size - 1 };
	if (data[0] % 3 == 0)
		try_version_2(input);
	else if (data[0] % 3 == 1)
		try_version_1(input);
	else
		try_back(input);
	return 0;
}
