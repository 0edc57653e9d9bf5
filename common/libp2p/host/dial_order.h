/*
 * dial_order: in which order the addresses of a peer are tried: those of this
 * machine and of its subnets first, then the internet, then private ones of
 * some other network, which may be a stranger's; relays are apart. Of one rank
 * each IP address comes once before any comes twice with another port, so that
 * stale ports do not stand in front of the good address. Pure functions.
 */
#ifndef COMMON_LIBP2P_HOST_DIAL_ORDER_H
#define COMMON_LIBP2P_HOST_DIAL_ORDER_H

#include "common/libp2p/multiformats/multiaddr.h"

enum dial_rank {
	DIAL_THIS_MACHINE,
	DIAL_ON_LINK,
	DIAL_PUBLIC,
	DIAL_ELSEWHERE, /* private, and not of our subnets */
	DIAL_CIRCUIT,
};

struct dial_candidate {
	struct multiaddr address;
	enum dial_rank rank;
};

enum dial_rank dial_rank_of(const struct multiaddr *, bool is_on_link);

/* Sort by rank; of one rank, IPv6 first, which needs no translation. */
void dial_order(struct dial_candidate *, size_t count);

#endif
