#include "goop-discoveryd/rendezvous/server_plan.h"

enum { TOO_EARLY = 425, UNAVAILABLE = 503 };

void
server_plan_init(struct server_plan *plan)
{
	*plan = (struct server_plan){ .probe_ms = SERVER_PLAN_PROBE_FIRST_MS };
	server_backoff_init(&plan->backoff);
}

bool
server_plan_wants_websocket(const struct server_plan *plan, struct monotime now)
{
	return monotime_reached(now, plan->websocket_after);
}

void
server_plan_opened(struct server_plan *plan)
{
	plan->early = 0;
}

void
server_plan_heard(struct server_plan *plan)
{
	plan->deaf = 0;
	plan->probe_ms = SERVER_PLAN_PROBE_FIRST_MS;
}

/* No WebSocket for a while, each time a longer one. */
static void
refuse_websocket(struct server_plan *plan, struct monotime now)
{
	plan->early = plan->deaf = 0;
	plan->websocket_after = monotime_add_ms(now, plan->probe_ms);
	plan->probe_ms *= 2;
	if (plan->probe_ms > SERVER_PLAN_PROBE_MAX_MS)
		plan->probe_ms = SERVER_PLAN_PROBE_MAX_MS;
}

/* 425: it has not heard of us yet, and soon may have. */
static bool
is_early(struct server_plan *plan, int status, struct server_plan_next *next)
{
	if (status != TOO_EARLY || plan->early++ >= SERVER_PLAN_EARLY_MAX)
		return false;
	next->is_wanted = true;
	next->is_urgent = plan->early == 1;
	next->wait_ms = plan->early <= SERVER_PLAN_EARLY_SOON
			    ? SERVER_PLAN_EARLY_MS
			    : SERVER_PLAN_EARLY_LATER_MS;
	return true;
}

/* A WebSocket that does not come to be, though the server can be reached: is
 * the stream to be tried otherwise? */
static bool
is_detour(struct server_plan *plan, const struct server_plan_end *end,
    struct monotime now, struct server_plan_next *next)
{
	if (is_early(plan, end->status, next))
		return true;
	if (end->status == 0 && (!end->has_reached || end->has_heard ||
				    ++plan->deaf < SERVER_PLAN_DEAF_MAX))
		return false;
	refuse_websocket(plan, now);
	/* else it is not the WebSocket that is refused */
	return end->status != UNAVAILABLE && end->retry_ms < 0;
}

struct server_plan_next
server_plan_ended(struct server_plan *plan, const struct server_plan_end *end,
    struct monotime now, uint32_t chance)
{
	struct server_plan_next next = { 0 };

	if (end->is_websocket && is_detour(plan, end, now, &next)) {
		next.is_detour = true;
		return next;
	}
	if (end->lived_ms >= SERVER_PLAN_STEADY_MS)
		server_backoff_init(&plan->backoff);
	else if (end->lived_ms >= 0)
		server_backoff_hasten(&plan->backoff, SERVER_PLAN_SHORT_MS);
	if (end->retry_ms >= 0)
		server_backoff_tell(&plan->backoff, end->retry_ms);
	if (end->status != 0)
		server_backoff_slow(&plan->backoff, SERVER_PLAN_REFUSED_MS);
	next.wait_ms = server_backoff_next(&plan->backoff, chance);
	return next;
}

struct server_plan_next
server_plan_probe_ended(
    struct server_plan *plan, int status, struct monotime now)
{
	struct server_plan_next next = { 0 };

	if (is_early(plan, status, &next)) {
		next.wait_ms = SERVER_PLAN_EARLY_LATER_MS;
		plan->websocket_after = monotime_add_ms(now, next.wait_ms);
	} else {
		refuse_websocket(plan, now);
		next.wait_ms = monotime_since_ms(plan->websocket_after, now);
	}
	return next;
}
