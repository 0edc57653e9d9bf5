#include "goop-discoveryd/peers/peer_sources.h"

#include <stddef.h>

#define EACH_CLAIM(sources, claim) \
	for ((claim) = (sources)->of; (claim) < (sources)->of + PEER_SOURCES; \
	     (claim)++)

bool
peer_sources_online(const struct peer_sources *sources)
{
	const struct peer_claim *claim;

	EACH_CLAIM(sources, claim)
	if (claim->is_online)
		return true;
	return false;
}

bool
peer_sources_remote(const struct peer_sources *sources)
{
	return sources->of[PEER_OWN_SERVER].is_online ||
	       sources->of[PEER_OTHER_SERVER].is_online;
}

bool
peer_sources_proven(const struct peer_sources *sources)
{
	const struct peer_claim *claim;

	EACH_CLAIM(sources, claim)
	if (claim->is_online && claim->is_proven)
		return true;
	return false;
}

bool
peer_sources_verified(const struct peer_sources *sources)
{
	const struct peer_claim *claim;

	EACH_CLAIM(sources, claim)
	if (claim->is_online && claim->is_verified)
		return true;
	return false;
}

const char *
peer_sources_source(const struct peer_sources *sources)
{
	bool gossips = sources->of[PEER_GOSSIP].is_online;
	bool is_lan = gossips && (sources->is_near || !sources->was_remote);
	bool is_remote = peer_sources_remote(sources) || (gossips && !is_lan);

	if (is_lan)
		return is_remote ? "lan and wan" : "lan";
	return is_remote ? "wan" : "cache";
}

void
peer_sources_say(struct peer_sources *sources, enum peer_source source,
    struct monotime until)
{
	struct peer_claim *claim = &sources->of[source];

	claim->is_online = claim->is_named = true;
	claim->is_missing = false;
	claim->spent.us = 0;
	claim->until = until;
	if (source == PEER_OWN_SERVER || source == PEER_OTHER_SERVER)
		sources->was_remote = true;
}

static void
claim_drop(struct peer_claim *claim)
{
	claim->is_online = claim->is_proven = claim->is_verified = false;
	claim->digest = 0;
}

void
peer_sources_drop(struct peer_sources *sources, enum peer_source source)
{
	claim_drop(&sources->of[source]);
}

void
peer_sources_miss(struct peer_sources *sources, enum peer_source source,
    struct monotime until)
{
	struct peer_claim *claim = &sources->of[source];

	claim->is_missing = true;
	claim->until = monotime_min(claim->until, until);
}

void
peer_sources_spend(struct peer_sources *sources, struct monotime until)
{
	struct peer_claim *claim;

	EACH_CLAIM(sources, claim)
	{
		claim_drop(claim);
		claim->spent = until;
	}
}

bool
peer_sources_is_spent(const struct peer_sources *sources,
    enum peer_source source, int64_t ts_ms, struct monotime now)
{
	const struct peer_claim *claim = &sources->of[source];

	return ts_ms <= claim->ts_ms && !monotime_reached(now, claim->spent);
}

void
peer_sources_expire(struct peer_sources *sources, struct monotime now)
{
	struct peer_claim *claim;

	EACH_CLAIM(sources, claim)
	if (claim->is_online && monotime_reached(now, claim->until))
		claim_drop(claim);
}

struct monotime
peer_sources_deadline(const struct peer_sources *sources)
{
	struct monotime deadline = MONOTIME_NEVER;
	const struct peer_claim *claim;

	EACH_CLAIM(sources, claim)
	if (claim->is_online)
		deadline = monotime_min(deadline, claim->until);
	return deadline;
}

void
peer_sources_grant(struct peer_sources *sources, struct monotime until)
{
	struct peer_claim *claim;

	EACH_CLAIM(sources, claim)
	if (claim->is_online && claim->until.us < until.us)
		claim->until = until;
}
