/*
 * multiaddr_class: what kind of IP address a multiaddr holds. Pure functions;
 * all are false for an address that is not plain IP over TCP.
 */
#ifndef COMMON_LIBP2P_MULTIFORMATS_MULTIADDR_CLASS_H
#define COMMON_LIBP2P_MULTIFORMATS_MULTIADDR_CLASS_H

#include "common/libp2p/multiformats/multiaddr.h"

/* Loopback or link-local. */
bool multiaddr_is_local(const struct multiaddr *);

/* Of a private network: RFC 1918, RFC 6598, RFC 4193. */
bool multiaddr_is_private(const struct multiaddr *);

/* Of the internet: none of the above, and of no range that is reserved
 * (documentation, benchmarks, IPv4 within IPv6, multicast). */
bool multiaddr_is_public(const struct multiaddr *);

/* Can be connected to: not unspecified, not multicast, with a port, and with a
 * zone if it is link-local IPv6. */
bool multiaddr_is_dialable(const struct multiaddr *);

bool multiaddr_is_same_family(
    const struct multiaddr *, const struct multiaddr *);

/* Do the first bits of the IP addresses agree? */
bool multiaddr_is_same_subnet(
    const struct multiaddr *, const struct multiaddr *, unsigned int bits);

/* Same IP address, whatever the ports. */
bool multiaddr_is_same_ip(const struct multiaddr *, const struct multiaddr *);

#endif
