/*
 * peer_addresses: which of the addresses that a peer tells of itself may be
 * tried. Whoever dials what strangers name can be sent anywhere; so only IP
 * and TCP, no loopback, multicast, unspecified or link-local address (its
 * link is not known here), and not many.
 */
#ifndef GOOP_DISCOVERYD_PEERS_PEER_ADDRESSES_H
#define GOOP_DISCOVERYD_PEERS_PEER_ADDRESSES_H

#include "common/libp2p/multiformats/peer_id.h"
#include "proto/field.h"

enum { PEER_ADDRESSES_USED_MAX = 16 };

/* The usable ones in canonical text, without /p2p and without doubles. ret is
 * empty; strings_free() it. */
void peer_addresses_filter(
    const struct strings *told, const struct peer_id *, struct strings *ret);

#endif
