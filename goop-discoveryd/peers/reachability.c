#include "goop-discoveryd/peers/reachability.h"

void
reach_want(struct reach *reach, int64_t delay_ms, struct monotime now)
{
	struct monotime due = monotime_add_ms(now, delay_ms);

	if (reach->is_wanted || reach->is_running)
		return;
	reach->is_wanted = true;
	/* due still holds the end of the gap after the last failure */
	if (monotime_reached(due, reach->due))
		reach->due = due;
}

void
reach_insist(struct reach *reach, struct monotime now)
{
	reach->is_wanted = !reach->is_running;
	reach->due = now;
}

bool
reach_is_due(const struct reach *reach, struct monotime now)
{
	return reach->is_wanted && monotime_reached(now, reach->due);
}

void
reach_start(struct reach *reach)
{
	reach->is_wanted = false;
	reach->is_running = true;
}

static bool
reach_success(struct reach *reach, struct monotime now)
{
	bool changed = !reach->is_reachable;

	reach->is_reachable = true;
	reach->is_doubted = false;
	reach->is_wanted = false;
	reach->gap_ms = 0;
	reach->due = now;
	return changed;
}

static bool
reach_failure(struct reach *reach, struct monotime now)
{
	if (reach->is_reachable && !reach->is_doubted) {
		reach->is_doubted = true;
		reach->failed = now;
	}
	if (reach->is_reachable &&
	    monotime_since_ms(now, reach->failed) <= REACH_DOUBT_MS) {
		reach->is_wanted = true;
		reach->due = monotime_add_ms(now, REACH_RETRY_MS);
		return false;
	}
	reach->gap_ms =
	    reach->gap_ms == 0 ? REACH_GAP_MIN_MS : reach->gap_ms * 2;
	if (reach->gap_ms > REACH_GAP_MAX_MS)
		reach->gap_ms = REACH_GAP_MAX_MS;
	reach->due = monotime_add_ms(now, reach->gap_ms);
	return reach_gone(reach);
}

bool
reach_result(struct reach *reach, bool answered, struct monotime now)
{
	reach->is_running = false;
	return answered ? reach_success(reach, now) : reach_failure(reach, now);
}

bool
reach_gone(struct reach *reach)
{
	bool changed = reach->is_reachable;

	reach->is_reachable = false;
	reach->is_doubted = false;
	reach->is_wanted = false;
	return changed;
}
