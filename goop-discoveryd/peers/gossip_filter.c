#include "goop-discoveryd/peers/gossip_filter.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"

COUNTER(presence_too_large, "presence messages over the size limit");
COUNTER(presence_too_fast, "presence messages over the rate of an author");
COUNTER(presence_malformed, "presence messages that could not be read");
COUNTER(presence_not_author, "presence messages about somebody else");
COUNTER(presence_repeated, "presence messages that were said before");

struct author {
	struct peer_id id;
	uint64_t seqno;
	int64_t ts_ms;
	bool has_spoken;
	struct monotime spoke;
	struct token_bucket bucket;
	UT_hash_handle hh;
};

struct gossip_filter {
	struct author *authors; /* the longest silent first */
	struct peer_id self;
	int64_t own[PRESENCE_OWN_KEPT];
	size_t own_count;
};

struct gossip_filter *
gossip_filter_new(void)
{
	return xzalloc(sizeof(struct gossip_filter));
}

void
gossip_filter_free(struct gossip_filter *guard)
{
	struct author *author, *next;

	if (guard == NULL)
		return;
	HASH_ITER (hh, guard->authors, author, next) {
		HASH_DEL(guard->authors, author);
		free(author);
	}
	free(guard);
}

void
gossip_filter_set_self(struct gossip_filter *guard, const struct peer_id *self)
{
	guard->self = *self;
}

void
gossip_filter_sent(struct gossip_filter *guard, int64_t ts_ms)
{
	guard->own[guard->own_count++ % PRESENCE_OWN_KEPT] = ts_ms;
}

static bool
presence_is_sent(const struct gossip_filter *guard, int64_t ts_ms)
{
	size_t i;

	for (i = 0; i < PRESENCE_OWN_KEPT && i < guard->own_count; i++)
		if (guard->own[i] == ts_ms)
			return true;
	return false;
}

/* The author's entry, now the last of the order. */
static struct author *
author_get(
    struct gossip_filter *guard, const struct peer_id *id, struct monotime now)
{
	struct author *author, *oldest = guard->authors;

	HASH_FIND(hh, guard->authors, id, sizeof(*id), author);
	if (author != NULL) {
		HASH_DEL(guard->authors, author);
	} else {
		if (HASH_COUNT(guard->authors) >= PRESENCE_AUTHORS_MAX) {
			HASH_DEL(guard->authors, oldest);
			free(oldest);
		}
		author = xzalloc(sizeof(*author));
		author->id = *id;
		token_bucket_init(
		    &author->bucket, PRESENCE_BURST, PRESENCE_PER_SECOND, now);
	}
	HASH_ADD(hh, guard->authors, id, sizeof(author->id), author);
	return author;
}

static bool
presence_type_is_known(const char *type)
{
	return strcmp(type, PRESENCE_ONLINE) == 0 ||
	       strcmp(type, PRESENCE_UPDATE) == 0 ||
	       strcmp(type, PRESENCE_OFFLINE) == 0;
}

static void
presence_make_printable(struct presence *presence)
{
	const char **texts[] = { &presence->content, &presence->email,
		&presence->avatar_hash, &presence->active_template,
		&presence->client_version };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		text_clean(texts[i]);
}

/*
 * Either number has to grow: js authors draw their sequence numbers at random,
 * and the clock of a go author may step back.
 */
static bool
author_repeats(const struct author *author, const struct gossip *gossip,
    const struct presence *presence, struct monotime now)
{
	if (!author->has_spoken ||
	    monotime_since_ms(now, author->spoke) > PRESENCE_FORGET_MS)
		return false;
	return gossip->seqno <= author->seqno &&
	       presence->ts_ms <= author->ts_ms;
}

static enum presence_verdict
presence_judge_own(
    const struct gossip_filter *guard, const struct presence *presence)
{
	/* An offline may be the one of our last run, still under way. */
	return presence_is_sent(guard, presence->ts_ms) ||
		       strcmp(presence->type, PRESENCE_OFFLINE) == 0
		   ? PRESENCE_OWN
		   : PRESENCE_DOUBLE;
}

/* Judge what could be read. */
static enum presence_verdict
presence_judge(struct gossip_filter *guard, struct author *author,
    const struct gossip *gossip, const struct presence *presence,
    struct monotime now)
{
	struct peer_id claimed;

	if (!presence_type_is_known(presence->type)) {
		counter_add(&presence_malformed, 1);
		return PRESENCE_DROPPED;
	}
	if (peer_id_parse(presence->peer_id, &claimed) < 0 ||
	    !peer_id_equal(&claimed, &author->id)) {
		counter_add(&presence_not_author, 1);
		log_stranger("presence dropped author=%s: it speaks of "
			     "somebody else",
		    gossip->author);
		return PRESENCE_DROPPED;
	}
	if (peer_id_equal(&author->id, &guard->self))
		return presence_judge_own(guard, presence);
	if (author_repeats(author, gossip, presence, now)) {
		counter_add(&presence_repeated, 1);
		return PRESENCE_DROPPED;
	}
	author->has_spoken = true;
	author->seqno = gossip->seqno;
	author->ts_ms = presence->ts_ms;
	author->spoke = now;
	return PRESENCE_ACCEPTED;
}

enum presence_verdict
gossip_filter_check(struct gossip_filter *guard, const struct gossip *gossip,
    struct monotime now, struct presence *ret, struct peer_id *ret_peer)
{
	enum presence_verdict verdict;
	struct presence presence;
	struct author *author;
	struct peer_id id;

	if (gossip->data.len > PRESENCE_BYTES_MAX) {
		counter_add(&presence_too_large, 1);
		return PRESENCE_DROPPED;
	}
	if (peer_id_parse(gossip->author, &id) < 0) {
		counter_add(&presence_malformed, 1);
		return PRESENCE_DROPPED;
	}
	author = author_get(guard, &id, now);
	if (!token_bucket_take(&author->bucket, 1, now)) {
		counter_add(&presence_too_fast, 1);
		return PRESENCE_DROPPED;
	}
	if (message_decode_json(
		&presence_gossip_message, gossip->data, &presence, NULL) < 0) {
		counter_add(&presence_malformed, 1);
		return PRESENCE_DROPPED;
	}
	verdict = presence_judge(guard, author, gossip, &presence, now);
	if (verdict != PRESENCE_ACCEPTED) {
		presence_fini(&presence);
		return verdict;
	}
	presence_make_printable(&presence);
	*ret = presence;
	*ret_peer = id;
	return PRESENCE_ACCEPTED;
}
