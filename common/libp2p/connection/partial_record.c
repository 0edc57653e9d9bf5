#include "common/libp2p/connection/partial_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"

/* One for the thread, so that a transfer does not allocate at each read. */
static uint8_t *spare;

static uint8_t *
borrow_memory(void)
{
	uint8_t *memory = spare;

	spare = NULL;
	return memory != NULL ? memory : xreallocarray(NULL, PARTIAL_MAX, 1);
}

static void
return_memory(uint8_t *memory)
{
	if (spare == NULL)
		spare = memory;
	else
		free(memory);
}

int
partial_record_append(struct partial_record *partial, struct bytes bytes)
{
	if (bytes.len > PARTIAL_MAX - partial->len)
		return -ENOBUFS;
	if (bytes.len == 0)
		return 0;
	if (partial->memory == NULL)
		partial->memory = borrow_memory();
	memcpy(partial->memory + partial->len, bytes.data, bytes.len);
	partial->len += bytes.len;
	return 0;
}

struct bytes
partial_record_bytes(const struct partial_record *partial)
{
	return (struct bytes){ partial->memory, partial->len };
}

void
partial_record_consume(struct partial_record *partial, size_t len)
{
	if (len > partial->len)
		bug("partial: %zu of %zu bytes consumed", len, partial->len);
	if (len == 0)
		return;
	partial->len -= len;
	if (partial->len > 0) {
		memmove(partial->memory, partial->memory + len, partial->len);
		return;
	}
	return_memory(partial->memory);
	partial->memory = NULL;
}
