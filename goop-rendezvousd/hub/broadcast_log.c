#include "goop-rendezvousd/hub/broadcast_log.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"

struct chunk *
chunk_new(struct bytes bytes, uint32_t messages)
{
	struct chunk *chunk = xzalloc(sizeof(*chunk) + bytes.len);

	chunk->refs = 1;
	chunk->messages = messages;
	chunk->len = bytes.len;
	if (bytes.len > 0)
		memcpy(chunk->data, bytes.data, bytes.len);
	return chunk;
}

struct chunk *
chunk_ref(struct chunk *chunk)
{
	chunk->refs++;
	return chunk;
}

void
chunk_unref(struct chunk *chunk)
{
	struct chunk *next;

	/* One that goes lets go of the newer one. */
	for (; chunk != NULL && --chunk->refs == 0; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
}

void
broadcast_log_init(struct broadcast_log *feed)
{
	feed->newest = chunk_new((struct bytes){ NULL, 0 }, 0);
}

void
broadcast_log_fini(struct broadcast_log *feed)
{
	chunk_unref(feed->newest);
	feed->newest = NULL;
}

void
broadcast_log_append(struct broadcast_log *feed, struct chunk *chunk)
{
	struct chunk *before = feed->newest;

	chunk->end = before->end + chunk->len;
	before->next = chunk_ref(chunk);
	feed->newest = chunk;
	chunk_unref(before);
}

void
broadcast_log_cursor_init(
    struct broadcast_log_cursor *cursor, const struct broadcast_log *feed)
{
	cursor->chunk = chunk_ref(feed->newest);
	cursor->offset = feed->newest->len;
}

void
broadcast_log_cursor_fini(struct broadcast_log_cursor *cursor)
{
	chunk_unref(cursor->chunk);
	*cursor = (struct broadcast_log_cursor){ NULL, 0 };
}

int
broadcast_log_cursor_iov(
    const struct broadcast_log_cursor *cursor, struct iovec *pieces, int max)
{
	struct chunk *chunk = cursor->chunk;
	size_t offset = cursor->offset;
	int count = 0;

	for (; chunk != NULL && count < max; chunk = chunk->next) {
		if (offset < chunk->len)
			pieces[count++] = (struct iovec){ chunk->data + offset,
				chunk->len - offset };
		offset = 0;
	}
	return count;
}

static void
next_chunk(struct broadcast_log_cursor *cursor)
{
	struct chunk *done = cursor->chunk;

	if (done->next == NULL)
		bug("feed: a reader is ahead of it");
	cursor->chunk = chunk_ref(done->next);
	cursor->offset = 0;
	chunk_unref(done);
}

uint32_t
broadcast_log_cursor_advance(struct broadcast_log_cursor *cursor, size_t bytes)
{
	uint32_t messages = 0;
	size_t left;

	while (bytes > 0) {
		if (cursor->offset == cursor->chunk->len)
			next_chunk(cursor);
		left = cursor->chunk->len - cursor->offset;
		if (bytes < left) {
			cursor->offset += bytes;
			break;
		}
		cursor->offset += left;
		bytes -= left;
		messages += cursor->chunk->messages;
	}
	/* Do not hold on to what was read while there is something newer. */
	while (cursor->chunk != NULL && cursor->offset == cursor->chunk->len &&
	       cursor->chunk->next != NULL)
		next_chunk(cursor);
	return messages;
}

bool
broadcast_log_cursor_is_between(const struct broadcast_log_cursor *cursor)
{
	return cursor->chunk == NULL || cursor->offset == 0 ||
	       cursor->offset == cursor->chunk->len;
}

uint64_t
broadcast_log_cursor_lag(
    const struct broadcast_log_cursor *cursor, const struct broadcast_log *feed)
{
	if (cursor->chunk == NULL)
		return 0;
	return feed->newest->end - cursor->chunk->end + cursor->chunk->len -
	       cursor->offset;
}
