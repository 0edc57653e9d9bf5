#include "common/libp2p/gossipsub/gossipsub_score.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/xalloc.h"

COUNTER(pubsub_misbehaviours, "gossipsub rules broken by peers");
COUNTER(pubsub_forgeries, "forged messages from peers");
COUNTER(pubsub_scores_evicted, "penalties forgotten early: too many");

/* The score is the weight times the square of the count (v1.1, P4 and P7). */
#define WEIGHT 10.0
/* Cap, so that a flood is forgiven after minutes, not hours. */
#define COUNT_MAX 50.0
/* Less than this is forgotten. */
#define COUNT_FORGOTTEN 0.1

/* Fraction of a count that is left after a heartbeat: a rule may be broken by
 * accident, a signature is not. */
static const double decay[GOSSIPSUB_OFFENCE_COUNT] = {
	[GOSSIPSUB_MISBEHAVIOUR] = 0.8,
	[GOSSIPSUB_FORGERY] = 0.98,
};

struct entry {
	struct peer_id peer;
	double counts[GOSSIPSUB_OFFENCE_COUNT];
	UT_hash_handle hh;
};

struct gossipsub_scores {
	struct entry *table;
};

struct gossipsub_scores *
gossipsub_scores_new(void)
{
	return xzalloc(sizeof(struct gossipsub_scores));
}

static void
scores_drop(struct gossipsub_scores *scores, struct entry *entry)
{
	HASH_DEL(scores->table, entry);
	free(entry);
}

void
gossipsub_scores_free(struct gossipsub_scores *scores)
{
	while (scores->table != NULL)
		scores_drop(scores, scores->table);
	free(scores);
}

static double
entry_score(const struct entry *entry)
{
	double score = 0;
	size_t i;

	for (i = 0; i < GOSSIPSUB_OFFENCE_COUNT; i++)
		score -= WEIGHT * entry->counts[i] * entry->counts[i];
	return score;
}

static struct entry *
scores_find(const struct gossipsub_scores *scores, const struct peer_id *peer)
{
	struct entry *entry;

	HASH_FIND(hh, scores->table, peer, sizeof(*peer), entry);
	return entry;
}

/* Forget the smallest penalty: the worst offenders stay known. */
static void
scores_make_room(struct gossipsub_scores *scores)
{
	struct entry *entry, *best = scores->table;

	if (HASH_COUNT(scores->table) < GOSSIPSUB_SCORES_MAX)
		return;
	for (entry = scores->table; entry != NULL; entry = entry->hh.next)
		if (entry_score(entry) > entry_score(best))
			best = entry;
	scores_drop(scores, best);
	counter_add(&pubsub_scores_evicted, 1);
}

void
gossipsub_scores_punish(struct gossipsub_scores *scores,
    const struct peer_id *peer, enum gossipsub_offence offence)
{
	struct entry *entry = scores_find(scores, peer);

	if (entry == NULL) {
		scores_make_room(scores);
		entry = xzalloc(sizeof(*entry));
		entry->peer = *peer;
		HASH_ADD(hh, scores->table, peer, sizeof(entry->peer), entry);
	}
	if (entry->counts[offence] < COUNT_MAX)
		entry->counts[offence]++;
	counter_add(offence == GOSSIPSUB_FORGERY ? &pubsub_forgeries
						 : &pubsub_misbehaviours,
	    1);
}

double
gossipsub_scores_get(
    const struct gossipsub_scores *scores, const struct peer_id *peer)
{
	const struct entry *entry = scores_find(scores, peer);

	return entry != NULL ? entry_score(entry) : 0;
}

void
gossipsub_scores_decay(struct gossipsub_scores *scores)
{
	struct entry *entry, *next;
	bool is_clean;
	size_t i;

	for (entry = scores->table; entry != NULL; entry = next) {
		next = entry->hh.next;
		is_clean = true;
		for (i = 0; i < GOSSIPSUB_OFFENCE_COUNT; i++) {
			entry->counts[i] *= decay[i];
			if (entry->counts[i] < COUNT_FORGOTTEN)
				entry->counts[i] = 0;
			else
				is_clean = false;
		}
		if (is_clean)
			scores_drop(scores, entry);
	}
}

size_t
gossipsub_scores_count(const struct gossipsub_scores *scores)
{
	return HASH_COUNT(scores->table);
}
