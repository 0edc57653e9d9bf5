/* What passes between a resolver and its child: what decodes encodes to the
 * same bytes. */
#include <string.h>

#include "common/base/fault.h"
#include "common/resolver/resolver_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t question[RESOLVER_QUESTION_MAX], packet[RESOLVER_ANSWER_MAX];
	struct bytes in = { data, size };
	struct resolver_answer answer;
	char name[RESOLVER_NAME_SIZE];
	uint32_t id;

	if (resolver_question_decode(in, &id, name) == 0 &&
	    (resolver_question_encode(id, name, question) != size ||
		memcmp(question, data, size) != 0))
		bug("a question changed on its way");
	if (resolver_answer_decode(in, &id, &answer) == 0 &&
	    (resolver_answer_encode(id, &answer, packet) != size ||
		memcmp(packet, data, size) != 0))
		bug("an answer changed on its way");
	return 0;
}
