/* What a router answers to a question of ours: the first byte says to which. */
#include <stdlib.h>
#include <string.h>

#include "goopd/port_mapper/pcp_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mapping_ask ask = { .internal_port = 4001,
		.external_port = 4001 };
	struct mapping_answer answer;

	if (size == 0)
		return 0;
	ask.step = (enum mapping_step)(data[0] % (MAPPING_DELETE + 1));
	ask.is_ipv6 = data[0] & 0x80;
	if (pcp_answer_decode(
		(struct bytes){ data + 1, size - 1 }, &ask, &answer) == 0 &&
	    (answer.verdict >= MAPPING_VERDICT_COUNT ||
		(answer.verdict == MAPPING_GRANTED && ask.step == MAPPING_MAP &&
		    (answer.external_port == 0 ||
			!mapping_has(&answer.external)))))
		abort();
	return 0;
}
