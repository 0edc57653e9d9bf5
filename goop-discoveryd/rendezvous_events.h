/* rendezvous_events: what is published at rendezvous servers, and what follows
 * from what they say. */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_EVENTS_H
#define GOOP_DISCOVERYD_RENDEZVOUS_EVENTS_H

#include "goop-discoveryd/discovery.h"

extern const struct rendezvous_client_user discovery_rendezvous_user;

#endif
