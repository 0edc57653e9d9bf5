/*
 * relay_places: where a peer of the same server may be found that announces no
 * place at a relay: at the server's, where peers of the original have one
 * before they say so.
 */
#ifndef GOOPD_REACH_RELAY_PLACES_H
#define GOOPD_REACH_RELAY_PLACES_H

#include "common/libp2p/host/host.h"
#include "proto/relay_ops.h"

enum { RELAY_PLACES_MAX = 2 };

struct relay_places { /* zero: none */
	struct multiaddr at[RELAY_PLACES_MAX];
	size_t count;
};

/* The relay's addresses that can be dialled, without its id. */
size_t relay_offer_addresses(const struct relay_offer *,
    struct multiaddr ret[RELAY_OFFERED_ADDRESSES_MAX]);

/* Those at a relay with these addresses, of other networks if there are. */
void relay_places_set(struct relay_places *, const struct peer_id *relay,
    const struct multiaddr *addresses, size_t count);

/* The host learns them for a peer. */
void relay_places_learn(const struct relay_places *, struct host *,
    const struct peer_id *, int64_t ttl_ms);

#endif
