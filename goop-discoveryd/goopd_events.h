/* goopd_events: what comes from goopd: connections, gossip, our identity and
 * addresses; and our own presence message on GossipSub. */
#ifndef GOOP_DISCOVERYD_GOOPD_EVENTS_H
#define GOOP_DISCOVERYD_GOOPD_EVENTS_H

#include "goop-discoveryd/discovery.h"

extern const struct goopd_session_user discovery_goopd_user;

/* Publish on GossipSub, if it is time. */
void discovery_run_announce(struct discovery *, struct monotime now);

/* Publish that we leave; ends with discovery_goodbye_done(). */
void discovery_say_goodbye(struct discovery *);

#endif
