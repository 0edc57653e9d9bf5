/* discovery_run: what is due, and when to come back. */
#ifndef GOOP_DISCOVERYD_DISCOVERY_RUN_H
#define GOOP_DISCOVERYD_DISCOVERY_RUN_H

#include "goop-discoveryd/discovery.h"

/* Make the timer; nothing runs before discovery_run() is called. */
void discovery_run_init(struct discovery *, struct monotime now);

/* Do what is due, and set the timer. */
void discovery_run(struct discovery *);

/* Write the peer cache now; a failure is logged once. */
void discovery_save_cache(struct discovery *, struct monotime now);

#endif
