#include "goop-viewerd/feeds/log_ring.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"

void
log_ring_fini(struct log_ring *ring)
{
	size_t i;

	for (i = 0; i < ring->count; i++)
		message_fini(&log_entry_message, &ring->entries[i]);
	ring->count = 0;
}

static bool
is_same(const struct log_entry *a, const struct log_entry *b)
{
	return a->ts_ms == b->ts_ms && a->number == b->number &&
	       strcmp(a->program, b->program) == 0;
}

/* After all lines that are not newer; lines arrive nearly in order. */
static size_t
place_of(const struct log_ring *ring, const struct log_entry *entry)
{
	size_t place = ring->count;

	while (place > 0 && ring->entries[place - 1].ts_ms > entry->ts_ms)
		place--;
	return place;
}

static bool
is_there(
    const struct log_ring *ring, size_t place, const struct log_entry *entry)
{
	while (place > 0 && ring->entries[place - 1].ts_ms == entry->ts_ms) {
		place--;
		if (is_same(&ring->entries[place], entry))
			return true;
	}
	return false;
}

static void
drop_oldest(struct log_ring *ring)
{
	message_fini(&log_entry_message, &ring->entries[0]);
	ring->count--;
	memmove(ring->entries, ring->entries + 1,
	    ring->count * sizeof(ring->entries[0]));
}

/* Without characters that JSON escapes with six bytes; log.c lets none pass. */
static void
keep(const struct log_entry *entry, struct log_entry *ret)
{
	message_copy(&log_entry_message, entry, ret);
	text_clean(&ret->level);
	text_clean(&ret->program);
	text_clean(&ret->text);
}

bool
log_ring_put(struct log_ring *ring, const struct log_entry *entry)
{
	size_t place = place_of(ring, entry);

	if (is_there(ring, place, entry))
		return false;
	if (ring->count == VIEWER_LOG_LINES) {
		if (place == 0)
			return false;
		drop_oldest(ring);
		place--;
	}
	memmove(ring->entries + place + 1, ring->entries + place,
	    (ring->count - place) * sizeof(ring->entries[0]));
	keep(entry, &ring->entries[place]);
	ring->count++;
	return true;
}

struct viewer_line
log_ring_line(const struct log_entry *entry)
{
	return (struct viewer_line){
		.ts = viewer_time(entry->ts_ms),
		.msg = entry->text,
		.level = entry->level,
		.daemon = entry->program,
	};
}

struct viewer_lines
log_ring_view(const struct log_ring *ring)
{
	struct viewer_line *lines =
	    xreallocarray(NULL, ring->count + 1, sizeof(*lines));
	size_t i;

	for (i = 0; i < ring->count; i++)
		lines[i] = log_ring_line(&ring->entries[i]);
	return (struct viewer_lines){ { lines, ring->count } };
}

void
log_ring_view_free(struct viewer_lines *view)
{
	struct viewer_line *lines = view->lines.items;
	size_t i;

	for (i = 0; i < view->lines.count; i++)
		text_free(lines[i].ts);
	free(lines);
}
