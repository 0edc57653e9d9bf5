/* What decodes must encode, and decode again to the same. */
#include <stdlib.h>
#include <string.h>

#include "common/libp2p/host/identify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct identify identify, again;
	struct buffer wire;
	size_t len;

	identify_init(&identify);
	identify_init(&again);
	/* All that is kept within the limits, however much that is. */
	buffer_init(&wire, 64 * 1024);
	if (identify_decode((struct bytes){ data, size }, &identify, &len) ==
	    0) {
		if (len > size || identify_encode(&identify, &wire) < 0)
			abort();
		if (wire.len <= IDENTIFY_MESSAGE_MAX &&
		    (identify_decode(buffer_bytes(&wire), &again, &len) != 0 ||
			again.protocol_count != identify.protocol_count ||
			again.listen_count != identify.listen_count ||
			strcmp(again.agent, identify.agent) != 0))
			abort();
	}
	buffer_fini(&wire);
	identify_fini(&identify);
	identify_fini(&again);
	return 0;
}
