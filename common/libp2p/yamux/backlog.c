#include "common/libp2p/yamux/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"

enum { CAPACITY_FIRST = 256 };

static struct backlog spare; /* of all streams of the thread; len is 0 */

static void
return_memory(struct backlog *backlog)
{
	struct backlog smaller = *backlog;

	if (backlog->capacity > BACKLOG_SMALL &&
	    backlog->capacity <= BACKLOG_SPARE_MAX &&
	    backlog->capacity > spare.capacity) {
		smaller = spare;
		spare = (struct backlog){ .memory = backlog->memory,
			.capacity = backlog->capacity };
	}
	free(smaller.memory);
	*backlog = (struct backlog){ 0 };
}

static void
move_to_front(struct backlog *backlog)
{
	if (backlog->len > 0)
		memmove(backlog->memory, backlog->memory + backlog->start,
		    backlog->len);
	backlog->start = 0;
}

static void
take_spare(struct backlog *backlog)
{
	if (backlog->len > 0)
		memcpy(spare.memory, backlog->memory, backlog->len);
	free(backlog->memory);
	backlog->memory = spare.memory;
	backlog->capacity = spare.capacity;
	spare = (struct backlog){ 0 };
}

/* Grows in place where the system can: there are never two large copies. */
static void
grow(struct backlog *backlog, size_t needed)
{
	move_to_front(backlog);
	if (needed > BACKLOG_SMALL && needed <= spare.capacity) {
		take_spare(backlog);
		return;
	}
	if (backlog->capacity == 0)
		backlog->capacity = CAPACITY_FIRST;
	while (backlog->capacity < needed)
		backlog->capacity *= 2;
	backlog->memory = xreallocarray(backlog->memory, backlog->capacity, 1);
	if (needed > BACKLOG_SMALL)
		backlog_release(); /* it is too small for this one */
}

void
backlog_append(struct backlog *backlog, struct bytes bytes)
{
	size_t needed = backlog->len + bytes.len;

	if (bytes.len == 0)
		return;
	if (needed > backlog->capacity)
		grow(backlog, needed);
	else if (backlog->start + needed > backlog->capacity)
		move_to_front(backlog);
	memcpy(backlog->memory + backlog->start + backlog->len, bytes.data,
	    bytes.len);
	backlog->len = needed;
}

struct bytes
backlog_bytes(const struct backlog *backlog)
{
	if (backlog->len == 0)
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ backlog->memory + backlog->start, backlog->len };
}

void
backlog_consume(struct backlog *backlog, size_t len)
{
	if (len > backlog->len)
		bug("backlog: %zu of %zu bytes consumed", len, backlog->len);
	backlog->start += len;
	backlog->len -= len;
	if (backlog->len == 0)
		return_memory(backlog);
}

void
backlog_release(void)
{
	free(spare.memory);
	spare = (struct backlog){ 0 };
}
