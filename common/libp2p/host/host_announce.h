/*
 * host_announce: which of its addresses a host tells others. Those of its
 * interfaces, and further ones (host_announce() of host.h), but for those that
 * are withheld since nobody could use them.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_ANNOUNCE_H
#define COMMON_LIBP2P_HOST_HOST_ANNOUNCE_H

#include "common/libp2p/host/host.h"

/* The addresses of interfaces alone, but for loopback and link-local ones. */
size_t host_interface_addresses(
    const struct host *, struct multiaddr *ret, size_t max);

/* Do not tell these (copied) from now on. Peers on this machine hear them all
 * the same. */
enum { HOST_WITHHELD_MAX = 16 };
void host_withhold(struct host *, const struct multiaddr *, size_t count);

#endif
