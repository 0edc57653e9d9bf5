/* What may stand in a file as a hash: its costs stay within bounds. */
#include "common/base/password_hash.h"

#include <stdlib.h>

#include "common/base/base64.h"
#include "common/base/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* base64 that parses prints as it was, padding apart. */
static void
try_base64(struct bytes text)
{
	uint8_t bytes[96];
	char again[BASE64_SIZE(sizeof(bytes))];
	size_t len;

	if (base64_parse(text, bytes, sizeof(bytes), &len) < 0)
		return;
	base64_print_unpadded((struct bytes){ bytes, len }, again);
	if (!bytes_skip(&text, again) || text.len > 2)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xstrndup((const char *)data, size);
	struct password_hash hash;

	try_base64((struct bytes){ data, size });
	if (password_hash_parse(text, &hash) == 0 &&
	    (128 * hash.n * hash.r > PASSWORD_HASH_MEMORY_MAX ||
		hash.hash_len < PASSWORD_HASH_LEN_MIN))
		abort();
	return 0;
}
