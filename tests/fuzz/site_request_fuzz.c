/* Site requests, the version by the first byte: what is understood is printed
 * in a form that means the same, and nothing beyond the head is taken. */
#include <stdlib.h>
#include <string.h>

#include "goopd/site/site_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct site_request first, second;
	enum site_version version;
	struct buffer out;
	size_t used;

	if (size == 0)
		return 0;
	version = (data[0] & 1) == 0 ? SITE_1_0 : SITE_1_1;
	if (site_request_parse(version, (struct bytes){ data + 1, size - 1 },
		&first, &used) != 0)
		return 0;
	if (used > size - 1 || used > SITE_HEAD_MAX)
		abort();
	buffer_init(&out, 2 * SITE_HEAD_MAX);
	if (site_request_print(version, &first, &out) < 0 ||
	    site_request_parse(version, buffer_bytes(&out), &second, &used) !=
		0 ||
	    used != out.len)
		abort();
	/* 1.0 names a directory's index itself. */
	if (strncmp(first.path, second.path, strlen(first.path)) != 0 ||
	    (version == SITE_1_1 &&
		memcmp(&first, &second, sizeof(first)) != 0))
		abort();
	buffer_fini(&out);
	return 0;
}
