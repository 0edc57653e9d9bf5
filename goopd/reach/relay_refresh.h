/*
 * relay_refresh: /goop/relay-refresh/1.0.0, by which a relay asks whether this
 * peer still has a place there, when a visitor found none. The answer is one
 * line of JSON (struct refresh_answer); then the place is renewed. Only relays
 * at which this peer wants a place are answered.
 */
#ifndef GOOPD_REACH_RELAY_REFRESH_H
#define GOOPD_REACH_RELAY_REFRESH_H

#include "common/libp2p/relay/relay_client.h"

/* Serve it on the host, whose relays these are (borrowed). */
void relay_refresh_serve(struct host *, struct relay_client *);

#endif
