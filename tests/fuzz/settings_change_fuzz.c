/* What a page posts: only known keys come out, as JSON that reads again. */
#include <jansson.h>

#include "common/base/fault.h"
#include "goop-viewerd/settings/settings_change.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes json = { data, size };
	struct buffer out;
	const char *why;
	json_t *read;

	buffer_init(&out, 32 * 1024);
	if (settings_change_translate(json, &out, &why) == 0) {
		read = json_loadb((const char *)buffer_bytes(&out).data,
		    buffer_bytes(&out).len, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(read) || json_object_size(read) > 9)
			bug("settings come out wrong");
		json_decref(read);
	}
	buffer_fini(&out);
	return 0;
}
