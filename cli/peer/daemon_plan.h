/*
 * daemon_plan: which daemons a directory needs, by its configuration: those of
 * a peer, a rendezvous server, or both.
 */
#ifndef CLI_PEER_DAEMON_PLAN_H
#define CLI_PEER_DAEMON_PLAN_H

#include "common/config/config.h"

enum { DAEMON_PLAN_MAX = 5 };

#define DAEMON_PLAN_PEER      "goopd"
#define DAEMON_PLAN_DISCOVERY "goop-discoveryd"
#define DAEMON_PLAN_VIEWER    "goop-viewerd"
#define DAEMON_PLAN_SERVER    "goop-rendezvousd"
#define DAEMON_PLAN_RELAY     "goop-relayd"

struct daemon_plan {
	const char *names[DAEMON_PLAN_MAX]; /* static, in order of start */
	size_t count;
};

/* All that there are. */
extern const struct daemon_plan daemon_plan_all;

/* The first of them is the one that the others depend on. */
void daemon_plan_make(const struct config *, struct daemon_plan *ret);

bool daemon_plan_has(const struct daemon_plan *, const char *name);

/*
 * When to stop a daemon: all with the same number together, the smallest first.
 * goop-discoveryd says goodbye while goopd can still send it.
 */
int daemon_plan_stop_rank(const char *name);

#endif
