/* Queries of strangers: what is decoded fits, and is text. */
#include "goop-rendezvousd/endpoints/query_string.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *query = xstrndup((const char *)data, size);
	char value[32];

	if (query_get(query, "peer_id", value, sizeof(value)) == 0 &&
	    (strlen(value) >= sizeof(value) || !text_is_utf8(bytes_of(value))))
		abort();
	return 0;
}
