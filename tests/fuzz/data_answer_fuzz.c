/* Whatever a peer answers: what is taken prints as one line, which is taken
 * again and means the same. */
#include <string.h>

#include "common/base/fault.h"
#include "common/base/text.h"
#include "goopd/data/request/data_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct data_answer *answer)
{
	struct data_answer again;
	struct buffer line;
	struct bytes bytes;

	buffer_init(&line, DATA_ANSWER_MAX + 64);
	if (data_answer_print(answer, &line) != 0)
		bug("does not print");
	bytes = buffer_bytes(&line);
	if (memchr(bytes.data, '\n', bytes.len) != bytes.data + bytes.len - 1 ||
	    data_answer_parse(bytes, &again) != 0)
		bug("is not one line");
	if (again.code != answer->code ||
	    strcmp(again.error, answer->error) != 0 ||
	    !bytes_equal(
		buffer_bytes(&again.data), buffer_bytes(&answer->data)))
		bug("means something else");
	data_answer_fini(&again);
	buffer_fini(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct data_answer answer;

	if (data_answer_parse((struct bytes){ data, size }, &answer) != 0)
		return 0;
	if ((answer.code == BUS_OK) != (answer.error[0] == '\0') ||
	    !text_is_utf8(bytes_of(answer.error)))
		bug("neither answer nor refusal");
	check(&answer);
	data_answer_fini(&answer);
	return 0;
}
