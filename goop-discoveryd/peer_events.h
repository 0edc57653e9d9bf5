/*
 * peer_events: peers that come, change and go, and what follows: goopd learns
 * of them, dials and probes them, siblings hear of it.
 */
#ifndef GOOP_DISCOVERYD_PEER_EVENTS_H
#define GOOP_DISCOVERYD_PEER_EVENTS_H

#include "goop-discoveryd/discovery.h"

extern const struct peer_table_user discovery_table_user;
extern const struct mdns_io_user discovery_mdns_user;

/* A message that counts: into the table, and the peer to or from the dialer. */
void discovery_hear(
    struct discovery *, const struct peer_heard *, struct monotime now);

/* The peer dials us now, from these addresses: dial it. */
void discovery_hear_punch(struct discovery *, const struct presence_heard *);

/* goopd started anew: what it has to know of those that are online. */
void discovery_tell_goopd(struct discovery *);

/* Probe and dial the peers that are due. */
void discovery_run_probes(struct discovery *, struct monotime now);
void discovery_run_dials(struct discovery *, struct monotime now);

#endif
