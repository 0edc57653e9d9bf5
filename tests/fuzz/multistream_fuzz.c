/*
 * Negotiations, both sides. The first byte says which side and how many bytes
 * come at a time; the outcome must not depend on the latter.
 */
#include <string.h>

#include "common/base/fault.h"
#include "common/libp2p/stream/multistream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const protocols[] = { "/noise", "/c/1" };

static bool
speaks(const char *protocol, void *arg)
{
	(void)arg;
	return !strcmp(protocol, protocols[0]) ||
	       !strcmp(protocol, protocols[1]);
}

static size_t
negotiate(
    struct multistream *m, bool is_dialer, struct bytes input, size_t chunk)
{
	size_t used = 0, offered = 0;

	if (is_dialer)
		multistream_dial(m, protocols, 2);
	else
		multistream_listen(m, speaks, NULL);
	while (offered < input.len && m->state == MULTISTREAM_NEGOTIATING) {
		offered =
		    offered + chunk < input.len ? offered + chunk : input.len;
		used += multistream_receive(
		    m, (struct bytes){ input.data + used, offered - used });
		if (used > offered)
			bug("more was used than there was");
	}
	return used;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct multistream whole, parts;
	struct bytes input = { data + 1, size - 1 };
	bool is_dialer;
	size_t used;

	if (size < 2)
		return 0;
	is_dialer = data[0] & 1;
	used = negotiate(&whole, is_dialer, input, input.len);
	if (negotiate(&parts, is_dialer, input, 1 + (data[0] >> 1)) != used ||
	    whole.state != parts.state ||
	    !bytes_equal(
		buffer_bytes(&whole.output), buffer_bytes(&parts.output)))
		bug("the pieces that bytes come in made a difference");
	if (whole.state == MULTISTREAM_AGREED && !speaks(whole.chosen, NULL))
		bug("agreed on what is not spoken");
	multistream_fini(&whole);
	multistream_fini(&parts);
	return 0;
}
