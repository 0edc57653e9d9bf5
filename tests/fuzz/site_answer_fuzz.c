/* Site answers, the version by the first byte: what is understood is printed
 * in a form that means the same, and nothing beyond the head is taken. */
#include <stdlib.h>
#include <string.h>

#include "goopd/site/site_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct site_answer first, second;
	enum site_version version;
	struct buffer out;
	size_t used;

	if (size == 0)
		return 0;
	version = (data[0] & 1) == 0 ? SITE_1_0 : SITE_1_1;
	if (site_answer_parse(version, (struct bytes){ data + 1, size - 1 },
		&first, &used) != 0)
		return 0;
	if (used > size - 1 || used > SITE_HEAD_MAX)
		abort();
	buffer_init(&out, 2 * SITE_HEAD_MAX);
	if (site_answer_print(version, &first, &out) < 0 ||
	    site_answer_parse(version, buffer_bytes(&out), &second, &used) !=
		0 ||
	    used != out.len)
		abort();
	if (first.status != second.status || first.length != second.length ||
	    strcmp(first.type, second.type) != 0 ||
	    strcmp(first.etag, second.etag) != 0)
		abort();
	buffer_fini(&out);
	return 0;
}
