#include "common/presence/announce_timer.h"

#include "common/base/counter.h"
#include "common/presence/presence.h"

COUNTER(
    announce_timer_delayed, "own presence messages put off by the rate limit");

void
announce_timer_init(struct announce_timer *timer, int64_t heartbeat_ms,
    double per_minute, struct monotime now)
{
	*timer = (struct announce_timer){ .heartbeat_ms = heartbeat_ms };
	timer->due = MONOTIME_NEVER;
	token_bucket_init(&timer->bucket, ANNOUNCE_BURST, per_minute / 60, now);
}

static void
announce_timer_wake(
    struct announce_timer *timer, int64_t delay_ms, struct monotime now)
{
	if (timer->is_up)
		timer->due =
		    monotime_min(timer->due, monotime_add_ms(now, delay_ms));
}

void
announce_timer_up(struct announce_timer *timer, struct monotime now)
{
	timer->is_up = true;
	timer->said_online = false;
	announce_timer_wake(timer, 0, now);
}

void
announce_timer_down(struct announce_timer *timer)
{
	timer->is_up = false;
	timer->due = MONOTIME_NEVER;
}

void
announce_timer_changed(struct announce_timer *timer, struct monotime now)
{
	announce_timer_wake(timer, 0, now);
}

void
announce_timer_newcomer(struct announce_timer *timer, struct monotime now)
{
	announce_timer_wake(timer, ANNOUNCE_GATHER_MS, now);
}

const char *
announce_timer_next(struct announce_timer *timer, struct monotime now)
{
	bool is_first = !timer->said_online;

	if (!timer->is_up || !monotime_reached(now, timer->due))
		return NULL;
	if (!token_bucket_take(&timer->bucket, 1, now)) {
		counter_add(&announce_timer_delayed, 1);
		timer->due = monotime_add_ms(now, ANNOUNCE_RETRY_MS);
		return NULL;
	}
	timer->said_online = true;
	timer->due = monotime_add_ms(now, timer->heartbeat_ms);
	return is_first ? PRESENCE_ONLINE : PRESENCE_UPDATE;
}

void
announce_timer_failed(struct announce_timer *timer, struct monotime now)
{
	announce_timer_wake(timer, ANNOUNCE_RETRY_MS, now);
}

struct monotime
announce_timer_deadline(const struct announce_timer *timer)
{
	return timer->due;
}
