#include "goop-discoveryd/peers/peer_ways.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"

static const char *
known_word(const char *way)
{
	static const char *const words[] = { "lan", "direct", "punched",
		"relayed" };
	size_t i;

	for (i = 0; way != NULL && i < ARRAY_SIZE(words); i++)
		if (strcmp(way, words[i]) == 0)
			return words[i];
	return NULL;
}

static struct peer_way *
peer_ways_get(const struct peer_ways *ways, const struct peer_id *id)
{
	struct peer_way *way;

	HASH_FIND(hh, ways->first, id, sizeof(*id), way);
	return way;
}

static void
peer_ways_forget(struct peer_ways *ways, struct peer_way *way)
{
	HASH_DEL(ways->first, way);
	free(way);
}

void
peer_ways_set(struct peer_ways *ways, const struct peer_id *id,
    const char *text, int64_t rtt_us)
{
	struct peer_way *way = peer_ways_get(ways, id);
	const char *word = known_word(text);

	if (word == NULL) {
		if (way != NULL)
			peer_ways_forget(ways, way);
		return;
	}
	if (way == NULL) {
		if (HASH_COUNT(ways->first) >= PEER_WAYS_MAX)
			return;
		way = xzalloc(sizeof(*way));
		way->id = *id;
		HASH_ADD(hh, ways->first, id, sizeof(way->id), way);
	}
	way->way = word;
	way->rtt_us = rtt_us;
}

const struct peer_way *
peer_ways_find(const struct peer_ways *ways, const struct peer_id *id)
{
	return peer_ways_get(ways, id);
}

void
peer_ways_clear(struct peer_ways *ways)
{
	struct peer_way *way, *next;

	HASH_ITER (hh, ways->first, way, next)
		peer_ways_forget(ways, way);
}
