#include "goop-rendezvousd/roster/shared_text.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"

struct shared_text *
shared_text_new(struct bytes text)
{
	struct shared_text *shared = xzalloc(sizeof(*shared) + text.len + 1);

	shared->refs = 1;
	shared->len = (uint32_t)text.len;
	if (text.len > 0)
		memcpy(shared->data, text.data, text.len);
	return shared;
}

struct shared_text *
shared_text_ref(struct shared_text *shared)
{
	shared->refs++;
	return shared;
}

void
shared_text_unref(struct shared_text *shared)
{
	if (shared != NULL && --shared->refs == 0)
		free(shared);
}

struct bytes
shared_text_bytes(const struct shared_text *shared)
{
	return (struct bytes){ (const uint8_t *)shared->data, shared->len };
}
