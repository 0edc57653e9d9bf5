#include "goop-discoveryd/peers/reachability.h"

void
reachability_want(
    struct reachability *reach, int64_t delay_ms, struct monotime now)
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
reachability_insist(struct reachability *reach, struct monotime now)
{
	reach->is_wanted = !reach->is_running;
	reach->due = now;
}

bool
reachability_is_due(const struct reachability *reach, struct monotime now)
{
	return reach->is_wanted && monotime_reached(now, reach->due);
}

void
reachability_start(struct reachability *reach)
{
	reach->is_wanted = false;
	reach->is_running = true;
}

static bool
reachability_success(struct reachability *reach, struct monotime now)
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
reachability_failure(struct reachability *reach, struct monotime now)
{
	if (reach->is_reachable && !reach->is_doubted) {
		reach->is_doubted = true;
		reach->failed = now;
	}
	if (reach->is_reachable &&
	    monotime_since_ms(now, reach->failed) <= REACHABILITY_DOUBT_MS) {
		reach->is_wanted = true;
		reach->due = monotime_add_ms(now, REACHABILITY_RETRY_MS);
		return false;
	}
	reach->gap_ms =
	    reach->gap_ms == 0 ? REACHABILITY_GAP_MIN_MS : reach->gap_ms * 2;
	if (reach->gap_ms > REACHABILITY_GAP_MAX_MS)
		reach->gap_ms = REACHABILITY_GAP_MAX_MS;
	reach->due = monotime_add_ms(now, reach->gap_ms);
	return reachability_gone(reach);
}

bool
reachability_result(
    struct reachability *reach, bool answered, struct monotime now)
{
	reach->is_running = false;
	return answered ? reachability_success(reach, now)
			: reachability_failure(reach, now);
}

bool
reachability_gone(struct reachability *reach)
{
	bool changed = reach->is_reachable;

	reach->is_reachable = false;
	reach->is_doubted = false;
	reach->is_wanted = false;
	return changed;
}
