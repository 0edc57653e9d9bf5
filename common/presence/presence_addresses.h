/*
 * presence_addresses: which of the addresses that a peer announces are used.
 * Strangers choose them, so they must lead to another machine and to that
 * peer: loopback, unspecified, multicast and link-local addresses are dropped,
 * as are addresses with a zone, local names and addresses that name another
 * peer.
 */
#ifndef COMMON_PRESENCE_PRESENCE_ADDRESSES_H
#define COMMON_PRESENCE_PRESENCE_ADDRESSES_H

#include "common/libp2p/multiformats/peer_id.h"
#include "proto/field.h"

enum { PRESENCE_ADDRESSES_DIALLED_MAX = 16 };

enum presence_addresses_use {
	/* By us: IP and TCP only, no more than DIALLED_MAX, in canonical text
	 * without /p2p. 169.254/16 is used, since a LAN without DHCP has
	 * nothing else. */
	PRESENCE_ADDRESSES_DIAL,
	/* A rendezvous server's subscribers: any transport, names and relays;
	 * the text is left as it is. */
	PRESENCE_ADDRESSES_PASS_ON,
};

/* Keep what is usable, each once, in its order. peer_id is whose addresses
 * they are; one of length 0 is unknown and matches every /p2p. True if an
 * address was dropped. */
bool presence_addresses_filter(
    struct strings *, const struct peer_id *, enum presence_addresses_use);

#endif
