/*
 * restart: when to restart a daemon that died: almost at once, then with
 * doubling delay, reset after a minute of life, and not at all once it died too
 * often in a short time. Pure: time is passed in.
 */
#ifndef CLI_SUPERVISOR_RESTART_H
#define CLI_SUPERVISOR_RESTART_H

#include "common/base/monotime.h"

enum {
	RESTART_FIRST_MS = 100,
	RESTART_LONGEST_MS = 30 * 1000,
	RESTART_HEALTHY_MS =
	    60 * 1000,       /* after this long, the delay is reset */
	RESTART_DEATHS = 10, /* this many deaths ... */
	RESTART_WINDOW_MS = 120 * 1000, /* ... within this time: give up */
	RESTART_GIVE_UP = -1,
};

struct restart {
	int64_t first_ms;
	unsigned int streak; /* deaths without health in between */
	unsigned int count;  /* of deaths that are filled in */
	struct monotime deaths[RESTART_DEATHS]; /* a ring */
};

/* first_ms: RESTART_FIRST_MS, or less for tests; at least 1. */
void restart_init(struct restart *, int64_t first_ms);

/* It died at now after living for lived_ms: how long to wait before the next
 * start, or RESTART_GIVE_UP. */
int64_t restart_after_death(
    struct restart *, int64_t lived_ms, struct monotime now);

#endif
