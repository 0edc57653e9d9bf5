#include "common/libp2p/gossipsub/gossipsub_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/xalloc.h"

COUNTER(pubsub_cache_evicted, "messages not kept for gossip: cache full");
COUNTER(pubsub_iwant_refused, "IWANT for a message served often enough");

enum { SERVED_PEERS_MAX = 512 }; /* peers recorded for one message */

/* How often a peer was sent a message. */
struct served {
	uint64_t peer_number;
	unsigned int count;
};

struct entry {
	struct pubsub_id id;
	struct gossipsub_message *message;
	uint64_t heartbeat; /* when it came */
	struct served *served;
	size_t served_count;
	TAILQ_ENTRY(entry) next;
	UT_hash_handle hh;
};

struct gossipsub_cache {
	struct entry *table;
	TAILQ_HEAD(entries, entry) oldest;
	uint64_t heartbeat;
	size_t bytes;
};

struct gossipsub_message *
gossipsub_message_new(const struct pubsub_id *id, struct bytes topic,
    struct pubsub_frame *frame, size_t data_offset, size_t data_len)
{
	struct gossipsub_message *message = xzalloc(sizeof(*message));

	message->references = 1;
	message->id = *id;
	memcpy(message->topic, topic.data, topic.len);
	message->frame = *frame;
	*frame = (struct pubsub_frame){ 0 };
	message->data =
	    (struct bytes){ message->frame.data + data_offset, data_len };
	return message;
}

struct gossipsub_message *
gossipsub_message_ref(struct gossipsub_message *message)
{
	message->references++;
	return message;
}

void
gossipsub_message_unref(struct gossipsub_message *message)
{
	if (message == NULL || --message->references > 0)
		return;
	pubsub_frame_free(&message->frame);
	free(message);
}

struct gossipsub_cache *
gossipsub_cache_new(void)
{
	struct gossipsub_cache *cache = xzalloc(sizeof(*cache));

	TAILQ_INIT(&cache->oldest);
	return cache;
}

/* What an entry counts for: its bytes and the bookkeeping. */
static size_t
entry_cost(const struct entry *entry)
{
	return entry->message->frame.len + sizeof(*entry->message) +
	       sizeof(*entry);
}

static void
cache_drop(struct gossipsub_cache *cache, struct entry *entry)
{
	cache->bytes -= entry_cost(entry);
	HASH_DEL(cache->table, entry);
	TAILQ_REMOVE(&cache->oldest, entry, next);
	gossipsub_message_unref(entry->message);
	free(entry->served);
	free(entry);
}

void
gossipsub_cache_free(struct gossipsub_cache *cache)
{
	while (!TAILQ_EMPTY(&cache->oldest))
		cache_drop(cache, TAILQ_FIRST(&cache->oldest));
	free(cache);
}

void
gossipsub_cache_put(
    struct gossipsub_cache *cache, struct gossipsub_message *message)
{
	struct entry *entry = xzalloc(sizeof(*entry));

	entry->id = message->id;
	entry->message = gossipsub_message_ref(message);
	entry->heartbeat = cache->heartbeat;
	cache->bytes += entry_cost(entry);
	TAILQ_INSERT_TAIL(&cache->oldest, entry, next);
	HASH_ADD(hh, cache->table, id, sizeof(entry->id), entry);
	while (cache->bytes > GOSSIPSUB_CACHE_BYTES_MAX) {
		cache_drop(cache, TAILQ_FIRST(&cache->oldest));
		counter_add(&pubsub_cache_evicted, 1);
	}
}

static bool
entry_may_serve(struct entry *entry, uint64_t peer_number)
{
	struct served *served;
	size_t i;

	for (i = 0; i < entry->served_count; i++) {
		served = &entry->served[i];
		if (served->peer_number == peer_number)
			return served->count++ < GOSSIPSUB_SERVED_MAX;
	}
	if (entry->served_count == SERVED_PEERS_MAX)
		return false;
	entry->served = xreallocarray(
	    entry->served, entry->served_count + 1, sizeof(*entry->served));
	entry->served[entry->served_count++] =
	    (struct served){ peer_number, 1 };
	return true;
}

struct gossipsub_message *
gossipsub_cache_serve(struct gossipsub_cache *cache, const struct pubsub_id *id,
    uint64_t peer_number)
{
	struct entry *entry;

	HASH_FIND(hh, cache->table, id, sizeof(*id), entry);
	if (entry == NULL)
		return NULL;
	if (!entry_may_serve(entry, peer_number)) {
		counter_add(&pubsub_iwant_refused, 1);
		return NULL;
	}
	return entry->message;
}

size_t
gossipsub_cache_gossip(const struct gossipsub_cache *cache, const char *topic,
    const struct pubsub_id **ret, size_t max)
{
	const struct entry *entry;
	size_t count = 0;

	for (entry = TAILQ_LAST(&cache->oldest, entries);
	     entry != NULL && count < max;
	     entry = TAILQ_PREV(entry, entries, next)) {
		if (cache->heartbeat - entry->heartbeat >=
		    GOSSIPSUB_GOSSIP_WINDOWS)
			break;
		if (strcmp(entry->message->topic, topic) == 0)
			ret[count++] = &entry->id;
	}
	return count;
}

void
gossipsub_cache_shift(struct gossipsub_cache *cache)
{
	struct entry *entry;

	cache->heartbeat++;
	while ((entry = TAILQ_FIRST(&cache->oldest)) != NULL &&
	       cache->heartbeat - entry->heartbeat >= GOSSIPSUB_CACHE_WINDOWS)
		cache_drop(cache, entry);
}

size_t
gossipsub_cache_count(const struct gossipsub_cache *cache)
{
	return HASH_COUNT(cache->table);
}

size_t
gossipsub_cache_bytes(const struct gossipsub_cache *cache)
{
	return cache->bytes;
}
