/* rendezvous_events: which rendezvous servers are used, what is published
 * there, and what follows from what they say. */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_EVENTS_H
#define GOOP_DISCOVERYD_RENDEZVOUS_EVENTS_H

#include "goop-discoveryd/discovery.h"

/* Before the sandbox: open what servers need from outside, if there are any. 0,
 * or -errno after having logged why. */
int discovery_prepare_rendezvous(struct discovery *);

/* Make the client of the servers that the configuration names. */
void discovery_open_rendezvous(struct discovery *, struct monotime now);

#endif
