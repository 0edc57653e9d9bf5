#include "goop-discoveryd/rendezvous/server_filter.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"

COUNTER(server_too_large, "messages of rendezvous servers over the size limit");
COUNTER(server_too_fast, "messages over the rate of a rendezvous server");
COUNTER(server_malformed, "messages of rendezvous servers that broke a limit");
COUNTER(server_disproven, "messages of rendezvous servers with a wrong proof");
COUNTER(server_unproven, "unproven messages about a peer that proves its own");
COUNTER(server_repeated, "proven messages older than one received before");
COUNTER(server_in_our_name, "messages in our name that are not ours");
COUNTER(server_punches_refused, "requests to dial over the rate of a server");

struct server_filter {
	struct presence_own own;
	server_known_fn *known;
	void *arg;
	struct token_bucket bucket, punches;
	bool has_clock; /* the buckets are running */
	bool is_lossy;
};

struct server_filter *
server_filter_new(const struct peer_id *self, int64_t wall_ms,
    server_known_fn *known, void *arg)
{
	struct server_filter *filter = xzalloc(sizeof(*filter));

	filter->own.self = *self;
	filter->own.started_ms = wall_ms;
	filter->known = known;
	filter->arg = arg;
	return filter;
}

void
server_filter_free(struct server_filter *filter)
{
	free(filter);
}

void
server_filter_sent(struct server_filter *filter, int64_t ts_ms)
{
	presence_own_sent(&filter->own, ts_ms);
}

bool
server_filter_take_lossy(struct server_filter *filter)
{
	bool was_lossy = filter->is_lossy;

	filter->is_lossy = false;
	return was_lossy;
}

static enum presence_verdict
drop(struct counter *reason)
{
	counter_add(reason, 1);
	return PRESENCE_DROPPED;
}

static enum presence_verdict
drop_judged(enum presence_verdict verdict)
{
	switch (verdict) {
	case PRESENCE_TOO_LONG:
		return drop(&server_too_large);
	case PRESENCE_WRONG_PROOF:
		return drop(&server_disproven);
	case PRESENCE_FORGED:
		log_stranger("rendezvous: an unproven message in our name");
		drop(&server_in_our_name);
		return PRESENCE_MISTAKEN;
	case PRESENCE_BAD_TYPE: /* of a later version: no fault */
	case PRESENCE_NOT_FOR_US:
		return PRESENCE_DROPPED;
	default:
		return drop(&server_malformed);
	}
}

/* A proven message older than what the peer proved before is a replay. But a
 * server that was killed lists what it had saved, and the peer is there. */
static enum presence_verdict
judge_older(const struct server_said *said, const struct presence_heard *heard)
{
	counter_add(&server_repeated, 1);
	return said->is_listing &&
		       !presence_is(&heard->presence, PRESENCE_OFFLINE)
		   ? PRESENCE_NAMED
		   : PRESENCE_DROPPED;
}

/* Beside what this server said of the peer before. An unproven message about a
 * peer that proves its own does not count, except for the server's own notice
 * that it has lost the peer. */
static enum presence_verdict
judge_known(struct server_filter *filter, const struct server_said *said,
    const struct presence_heard *heard)
{
	struct server_known known = { false, 0 };

	filter->known(&heard->peer, &known, filter->arg);
	if (!known.is_proven)
		return PRESENCE_HEARD;
	if (heard->proof == PRESENCE_PROVEN &&
	    heard->presence.ts_ms < known.ts_ms)
		return judge_older(said, heard);
	if (!heard->is_proven &&
	    !presence_is(&heard->presence, PRESENCE_OFFLINE))
		return drop(&server_unproven);
	return PRESENCE_HEARD;
}

static bool
take_token(struct server_filter *filter, struct monotime now)
{
	if (!filter->has_clock) {
		filter->has_clock = true;
		token_bucket_init(
		    &filter->bucket, SERVER_BURST, SERVER_PER_SECOND, now);
		token_bucket_init(&filter->punches, SERVER_PUNCH_BURST,
		    SERVER_PUNCH_PER_SECOND, now);
	}
	return token_bucket_take(&filter->bucket, 1, now);
}

enum presence_verdict
server_filter_check(struct server_filter *filter,
    const struct server_said *said, struct presence_heard *ret)
{
	struct presence_source source = {
		.channel = PRESENCE_BY_SERVER,
		.clock_ms = said->wall_ms,
		.own = &filter->own,
		.ahead_ms = said->ahead_ms,
		.is_listing = said->is_listing,
	};
	enum presence_verdict verdict;

	if (!take_token(filter, said->now)) {
		filter->is_lossy = true;
		return drop(&server_too_fast);
	}
	verdict = presence_judge(said->json, &source, ret, NULL);
	if (verdict > PRESENCE_DROPPED)
		return drop_judged(verdict);
	if (verdict == PRESENCE_HEARD)
		verdict = judge_known(filter, said, ret);
	else if (verdict == PRESENCE_PUNCH &&
		 !token_bucket_take(&filter->punches, 1, said->now))
		verdict = drop(&server_punches_refused);
	else
		return verdict;
	if (verdict != PRESENCE_HEARD)
		presence_heard_fini(ret);
	return verdict;
}
