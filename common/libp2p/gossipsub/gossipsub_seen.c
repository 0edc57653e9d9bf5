#include "common/libp2p/gossipsub/gossipsub_seen.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/xalloc.h"

COUNTER(pubsub_seen_evicted, "ids of messages forgotten early: too many");

struct entry {
	struct pubsub_id id;
	struct monotime expires;
	TAILQ_ENTRY(entry) next; /* by age: all live equally long */
	UT_hash_handle hh;
};

struct gossipsub_seen {
	struct entry *table;
	TAILQ_HEAD(entries, entry) oldest;
};

struct gossipsub_seen *
gossipsub_seen_new(void)
{
	struct gossipsub_seen *seen = xzalloc(sizeof(*seen));

	TAILQ_INIT(&seen->oldest);
	return seen;
}

static void
seen_drop(struct gossipsub_seen *seen, struct entry *entry)
{
	HASH_DEL(seen->table, entry);
	TAILQ_REMOVE(&seen->oldest, entry, next);
	free(entry);
}

void
gossipsub_seen_free(struct gossipsub_seen *seen)
{
	while (!TAILQ_EMPTY(&seen->oldest))
		seen_drop(seen, TAILQ_FIRST(&seen->oldest));
	free(seen);
}

bool
gossipsub_seen_has(
    const struct gossipsub_seen *seen, const struct pubsub_id *id)
{
	struct entry *entry;

	HASH_FIND(hh, seen->table, id, sizeof(*id), entry);
	return entry != NULL;
}

void
gossipsub_seen_add(struct gossipsub_seen *seen, const struct pubsub_id *id,
    struct monotime now)
{
	struct entry *entry = xzalloc(sizeof(*entry));

	if (HASH_COUNT(seen->table) >= GOSSIPSUB_SEEN_MAX) {
		seen_drop(seen, TAILQ_FIRST(&seen->oldest));
		counter_add(&pubsub_seen_evicted, 1);
	}
	entry->id = *id;
	entry->expires = monotime_add_ms(now, GOSSIPSUB_SEEN_MS);
	TAILQ_INSERT_TAIL(&seen->oldest, entry, next);
	HASH_ADD(hh, seen->table, id, sizeof(entry->id), entry);
}

void
gossipsub_seen_expire(struct gossipsub_seen *seen, struct monotime now)
{
	struct entry *entry;

	while ((entry = TAILQ_FIRST(&seen->oldest)) != NULL &&
	       monotime_reached(now, entry->expires))
		seen_drop(seen, entry);
}

size_t
gossipsub_seen_count(const struct gossipsub_seen *seen)
{
	return HASH_COUNT(seen->table);
}
