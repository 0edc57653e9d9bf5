/*
 * mdns_interface: an interface as the machine sees it, with its addresses, of
 * which more may exist than are told: those of different subnets come first.
 */
#ifndef COMMON_LIBP2P_MDNS_MDNS_INTERFACE_H
#define COMMON_LIBP2P_MDNS_MDNS_INTERFACE_H

#include <stddef.h>

#include "common/libp2p/mdns/mdns_address.h"

enum { MDNS_INTERFACE_ADDRESSES_MAX = 16 };

/* Addresses carry no port. */
struct mdns_interface {
	unsigned int index; /* not 0 */
	struct mdns_address addresses[MDNS_INTERFACE_ADDRESSES_MAX];
	size_t count;
	size_t subnets; /* of the addresses, the first ones: one of each */
};

/* One more address, in a subnet of so many bits. If there are too many, one of
 * a subnet that has another one is left out. */
void mdns_interface_add(struct mdns_interface *, const struct mdns_address *,
    unsigned int subnet_bits);

bool mdns_interface_has(
    const struct mdns_interface *, const struct mdns_address *);
/* The same addresses, in any order? */
bool mdns_interface_same(
    const struct mdns_interface *, const struct mdns_interface *);

/* At most max addresses to announce: IPv4 and IPv6 in turn. A link-local IPv6
 * address only if there is no other, since it is of use only with the reader's
 * own zone, which only our own peers add. Returns how many. */
size_t mdns_interface_announced(
    const struct mdns_interface *, struct mdns_address *ret, size_t max);

#endif
