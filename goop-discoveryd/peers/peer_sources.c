#include "goop-discoveryd/peers/peer_sources.h"

#include <stddef.h>

#define EACH_WORD(words, word) \
	for ((word) = (words)->of; (word) < (words)->of + PEER_SOURCES; \
	     (word)++)

bool
peer_sources_online(const struct peer_sources *words)
{
	const struct peer_word *word;

	EACH_WORD(words, word)
	if (word->is_online)
		return true;
	return false;
}

bool
peer_sources_remote(const struct peer_sources *words)
{
	return words->of[PEER_OWN_SERVER].is_online ||
	       words->of[PEER_OTHER_SERVER].is_online;
}

bool
peer_sources_proven(const struct peer_sources *words)
{
	const struct peer_word *word;

	EACH_WORD(words, word)
	if (word->is_online && word->is_proven)
		return true;
	return false;
}

bool
peer_sources_verified(const struct peer_sources *words)
{
	const struct peer_word *word;

	EACH_WORD(words, word)
	if (word->is_online && word->is_verified)
		return true;
	return false;
}

const char *
peer_sources_source(const struct peer_sources *words)
{
	bool gossips = words->of[PEER_GOSSIP].is_online;
	bool is_lan = gossips && (words->is_near || !words->was_remote);
	bool is_wan = peer_sources_remote(words) || (gossips && !is_lan);

	if (is_lan)
		return is_wan ? "lan and wan" : "lan";
	return is_wan ? "wan" : "cache";
}

void
peer_sources_say(
    struct peer_sources *words, enum peer_source source, struct monotime until)
{
	struct peer_word *word = &words->of[source];

	word->is_online = word->is_named = true;
	word->is_missing = false;
	word->spent.us = 0;
	word->until = until;
	if (source == PEER_OWN_SERVER || source == PEER_OTHER_SERVER)
		words->was_remote = true;
}

static void
word_drop(struct peer_word *word)
{
	word->is_online = word->is_proven = word->is_verified = false;
	word->digest = 0;
}

void
peer_sources_drop(struct peer_sources *words, enum peer_source source)
{
	word_drop(&words->of[source]);
}

void
peer_sources_miss(
    struct peer_sources *words, enum peer_source source, struct monotime until)
{
	struct peer_word *word = &words->of[source];

	word->is_missing = true;
	word->until = monotime_min(word->until, until);
}

void
peer_sources_spend(struct peer_sources *words, struct monotime until)
{
	struct peer_word *word;

	EACH_WORD(words, word)
	{
		word_drop(word);
		word->spent = until;
	}
}

bool
peer_sources_is_spent(const struct peer_sources *words, enum peer_source source,
    int64_t ts_ms, struct monotime now)
{
	const struct peer_word *word = &words->of[source];

	return ts_ms <= word->ts_ms && !monotime_reached(now, word->spent);
}

void
peer_sources_expire(struct peer_sources *words, struct monotime now)
{
	struct peer_word *word;

	EACH_WORD(words, word)
	if (word->is_online && monotime_reached(now, word->until))
		word_drop(word);
}

struct monotime
peer_sources_deadline(const struct peer_sources *words)
{
	struct monotime deadline = MONOTIME_NEVER;
	const struct peer_word *word;

	EACH_WORD(words, word)
	if (word->is_online)
		deadline = monotime_min(deadline, word->until);
	return deadline;
}

void
peer_sources_grant(struct peer_sources *words, struct monotime until)
{
	struct peer_word *word;

	EACH_WORD(words, word)
	if (word->is_online && word->until.us < until.us)
		word->until = until;
}
