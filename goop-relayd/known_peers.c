#include "goop-relayd/known_peers.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/xalloc.h"

COUNTER(known_peers_forgotten_early,
    "peers forgotten to look others up at the server: too many at once");

struct entry {
	struct peer_id peer;
	bool is_present;
	struct monotime due;  /* to be asked about */
	struct monotime used; /* looked up last */
	UT_hash_handle hh;
};

struct known_peers {
	struct entry *entries;
};

struct known_peers *
known_peers_new(void)
{
	return xzalloc(sizeof(struct known_peers));
}

static void
forget(struct known_peers *known, struct entry *entry)
{
	HASH_DEL(known->entries, entry);
	free(entry);
}

void
known_peers_free(struct known_peers *known)
{
	struct entry *entry, *next;

	if (known == NULL)
		return;
	HASH_ITER (hh, known->entries, entry, next)
		forget(known, entry);
	free(known);
}

static struct entry *
find(const struct known_peers *known, const struct peer_id *peer)
{
	struct entry *entry;

	HASH_FIND(hh, known->entries, peer, sizeof(*peer), entry);
	return entry;
}

/* The first that is not at the server, in the order in which they came: there
 * are always more ids of strangers. */
static void
make_room(struct known_peers *known)
{
	struct entry *entry, *next;

	HASH_ITER (hh, known->entries, entry, next)
		if (!entry->is_present)
			break;
	forget(known, entry != NULL ? entry : known->entries);
	counter_add(&known_peers_forgotten_early, 1);
}

bool
known_peers_has(
    struct known_peers *known, const struct peer_id *peer, struct monotime now)
{
	struct entry *entry = find(known, peer);

	if (entry != NULL) {
		entry->used = now;
		return entry->is_present;
	}
	if (HASH_COUNT(known->entries) >= KNOWN_PEERS_MAX)
		make_room(known);
	entry = xzalloc(sizeof(*entry));
	entry->peer = *peer;
	entry->due = entry->used = now;
	HASH_ADD(hh, known->entries, peer, sizeof(entry->peer), entry);
	return false;
}

size_t
known_peers_take_due(struct known_peers *known, struct monotime now,
    struct peer_id *ret, size_t max)
{
	struct entry *entry, *next;
	size_t count = 0;

	HASH_ITER (hh, known->entries, entry, next) {
		if (count == max)
			break;
		if (!monotime_reached(now, entry->due))
			continue;
		entry->due = monotime_add_ms(now, KNOWN_PEERS_FRESH_MS);
		ret[count++] = entry->peer;
	}
	return count;
}

void
known_peers_set(
    struct known_peers *known, const struct peer_id *peer, bool is_present)
{
	struct entry *entry = find(known, peer);

	if (entry != NULL)
		entry->is_present = is_present;
}

void
known_peers_tidy(struct known_peers *known, struct monotime now)
{
	struct entry *entry, *next;

	HASH_ITER (hh, known->entries, entry, next)
		if (monotime_since_ms(now, entry->used) >=
		    KNOWN_PEERS_UNUSED_MS)
			forget(known, entry);
}
