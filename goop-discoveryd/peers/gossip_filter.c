#include "goop-discoveryd/peers/gossip_filter.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"
#include "proto/field_json.h"

COUNTER(presence_too_large, "presence messages over the size limit");
COUNTER(presence_too_fast, "presence messages over the rate of an author");
COUNTER(presence_malformed, "presence messages that could not be read");
COUNTER(presence_not_author, "presence messages about another peer");
COUNTER(presence_repeated, "presence messages that were already received");

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
	struct presence_own own;
};

struct gossip_filter *
gossip_filter_new(void)
{
	return xzalloc(sizeof(struct gossip_filter));
}

void
gossip_filter_free(struct gossip_filter *filter)
{
	struct author *author, *next;

	if (filter == NULL)
		return;
	HASH_ITER (hh, filter->authors, author, next) {
		HASH_DEL(filter->authors, author);
		free(author);
	}
	free(filter);
}

void
gossip_filter_set_self(struct gossip_filter *filter, const struct peer_id *self)
{
	filter->own.self = *self;
}

void
gossip_filter_sent(struct gossip_filter *filter, int64_t ts_ms)
{
	presence_own_sent(&filter->own, ts_ms);
}

/* The author's entry, now the last of the order. */
static struct author *
author_get(
    struct gossip_filter *filter, const struct peer_id *id, struct monotime now)
{
	struct author *author, *oldest = filter->authors;

	HASH_FIND(hh, filter->authors, id, sizeof(*id), author);
	if (author != NULL) {
		HASH_DEL(filter->authors, author);
	} else {
		if (HASH_COUNT(filter->authors) >= GOSSIP_AUTHORS_MAX) {
			HASH_DEL(filter->authors, oldest);
			free(oldest);
		}
		author = xzalloc(sizeof(*author));
		author->id = *id;
		token_bucket_init(
		    &author->bucket, GOSSIP_BURST, GOSSIP_PER_SECOND, now);
	}
	HASH_ADD(hh, filter->authors, id, sizeof(author->id), author);
	return author;
}

/*
 * Either number has to grow: js authors draw their sequence numbers at random,
 * and the clock of a go author may step back.
 */
static bool
author_repeats(const struct author *author, const struct gossip *gossip,
    int64_t ts_ms, struct monotime now)
{
	if (!author->has_spoken ||
	    monotime_since_ms(now, author->spoke) > GOSSIP_FORGET_MS)
		return false;
	return gossip->seqno <= author->seqno && ts_ms <= author->ts_ms;
}

static enum presence_verdict
drop(struct counter *reason)
{
	counter_add(reason, 1);
	return PRESENCE_DROPPED;
}

static enum presence_verdict
drop_judged(enum presence_verdict verdict, const char *author)
{
	if (verdict == PRESENCE_TOO_LONG)
		return drop(&presence_too_large);
	if (verdict != PRESENCE_NOT_AUTHOR)
		return drop(&presence_malformed);
	log_stranger("presence dropped author=%s: about another peer", author);
	return drop(&presence_not_author);
}

enum presence_verdict
gossip_filter_check(struct gossip_filter *filter, const struct gossip *gossip,
    struct monotime now, struct presence_heard *ret)
{
	struct presence_source source = { .channel = PRESENCE_BY_GOSSIP,
		.own = &filter->own };
	enum presence_verdict verdict;
	struct author *author;
	struct peer_id id;

	if (peer_id_parse(gossip->author, &id) < 0)
		return drop(&presence_malformed);
	author = author_get(filter, &id, now);
	if (!token_bucket_take(&author->bucket, 1, now))
		return drop(&presence_too_fast);
	source.author = &id;
	verdict = presence_judge(gossip->data, &source, ret, NULL);
	if (verdict > PRESENCE_DROPPED)
		return drop_judged(verdict, gossip->author);
	if (verdict != PRESENCE_HEARD)
		return verdict;
	if (author_repeats(author, gossip, ret->presence.ts_ms, now)) {
		presence_heard_fini(ret);
		return drop(&presence_repeated);
	}
	author->has_spoken = true;
	author->seqno = gossip->seqno;
	author->ts_ms = ret->presence.ts_ms;
	author->spoke = now;
	return PRESENCE_HEARD;
}
