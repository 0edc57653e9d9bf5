#include "goop-discoveryd/announce_timer.h"

#include "common/base/counter.h"
#include "proto/presence.h"

COUNTER(herald_delayed, "own presence messages put off by the rate limit");

void
herald_init(struct herald *herald, int64_t heartbeat_ms, double per_minute,
    struct monotime now)
{
	*herald = (struct herald){ .heartbeat_ms = heartbeat_ms };
	herald->due = MONOTIME_NEVER;
	token_bucket_init(&herald->bucket, HERALD_BURST, per_minute / 60, now);
}

static void
herald_wake(struct herald *herald, int64_t delay_ms, struct monotime now)
{
	if (herald->is_up)
		herald->due =
		    monotime_min(herald->due, monotime_add_ms(now, delay_ms));
}

void
herald_up(struct herald *herald, struct monotime now)
{
	herald->is_up = true;
	herald->told_online = false;
	herald_wake(herald, 0, now);
}

void
herald_down(struct herald *herald)
{
	herald->is_up = false;
	herald->due = MONOTIME_NEVER;
}

void
herald_changed(struct herald *herald, struct monotime now)
{
	herald_wake(herald, 0, now);
}

void
herald_newcomer(struct herald *herald, struct monotime now)
{
	herald_wake(herald, HERALD_GATHER_MS, now);
}

const char *
herald_next(struct herald *herald, struct monotime now)
{
	bool is_first = !herald->told_online;

	if (!herald->is_up || !monotime_reached(now, herald->due))
		return NULL;
	if (!token_bucket_take(&herald->bucket, 1, now)) {
		counter_add(&herald_delayed, 1);
		herald->due = monotime_add_ms(now, HERALD_RETRY_MS);
		return NULL;
	}
	herald->told_online = true;
	herald->due = monotime_add_ms(now, herald->heartbeat_ms);
	return is_first ? PRESENCE_ONLINE : PRESENCE_UPDATE;
}

void
herald_failed(struct herald *herald, struct monotime now)
{
	herald_wake(herald, HERALD_RETRY_MS, now);
}

struct monotime
herald_deadline(const struct herald *herald)
{
	return herald->due;
}
