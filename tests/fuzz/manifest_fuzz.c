/* The list of what an export holds, as a stranger may have written it: what is
 * taken is within all limits, and means the same when it is written again. */
#include <stdlib.h>
#include <string.h>

#include "cli/data/manifest.h"
#include "cli/data/peer_file.h"
#include "common/base/fault.h"
#include "proto/field_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_files(const struct manifest *manifest)
{
	const struct manifest_file *files = manifest->files.items;
	size_t i;

	for (i = 0; i < manifest->files.count; i++) {
		if (!peer_file_is_name(files[i].name) || files[i].size < 0 ||
		    strstr(files[i].name, "/../") != NULL)
			bug("took the file %s", files[i].name);
		if (manifest_find(manifest, files[i].name) != &files[i])
			bug("does not find %s", files[i].name);
	}
	if (manifest_bytes(manifest) > MANIFEST_BYTES_MAX)
		bug("took %lld bytes", (long long)manifest_bytes(manifest));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest manifest, again;
	struct buffer json;
	char *why = NULL;

	if (manifest_parse((struct bytes){ data, size }, &manifest, &why) < 0) {
		if (why == NULL || why[0] == '\0')
			bug("refuses without a reason");
		free(why);
		return 0;
	}
	check_files(&manifest);
	buffer_init(&json, MANIFEST_MAX);
	if (message_encode_json(&manifest_message, &manifest, &json) < 0 ||
	    manifest_parse(buffer_bytes(&json), &again, &why) < 0)
		bug("does not read what it wrote");
	if (!message_equal(&manifest_message, &manifest, &again))
		bug("reads something else than it wrote");
	manifest_fini(&manifest);
	manifest_fini(&again);
	buffer_fini(&json);
	return 0;
}
