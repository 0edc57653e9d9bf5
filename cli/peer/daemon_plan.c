#include "cli/peer/daemon_plan.h"

#include <string.h>

enum { STOP_FIRST, STOP_NEXT, STOP_LAST };

const struct daemon_plan daemon_plan_all = {
	{ DAEMON_PLAN_PEER, DAEMON_PLAN_DISCOVERY, DAEMON_PLAN_VIEWER,
	    DAEMON_PLAN_SERVER, DAEMON_PLAN_RELAY },
	DAEMON_PLAN_MAX
};

static void
add(struct daemon_plan *plan, const char *name, bool is_wanted)
{
	if (is_wanted)
		plan->names[plan->count++] = name;
}

void
daemon_plan_make(const struct config *config, struct daemon_plan *ret)
{
	bool is_peer = !config->rendezvous_only;

	ret->count = 0;
	add(ret, DAEMON_PLAN_PEER, is_peer);
	add(ret, DAEMON_PLAN_DISCOVERY, is_peer);
	add(ret, DAEMON_PLAN_VIEWER, is_peer && config->http_addr[0] != '\0');
	add(ret, DAEMON_PLAN_SERVER, config->rendezvous_host);
	add(ret, DAEMON_PLAN_RELAY,
	    config->rendezvous_host && config->relay_port != 0);
}

bool
daemon_plan_has(const struct daemon_plan *plan, const char *name)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (!strcmp(plan->names[i], name))
			return true;
	return false;
}

int
daemon_plan_stop_rank(const char *name)
{
	if (!strcmp(name, DAEMON_PLAN_DISCOVERY))
		return STOP_FIRST;
	return !strcmp(name, DAEMON_PLAN_PEER) ? STOP_LAST : STOP_NEXT;
}
