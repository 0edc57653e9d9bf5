/* host_addresses: our own addresses, one for each address of an interface. */
#ifndef COMMON_LIBP2P_HOST_HOST_ADDRESSES_H
#define COMMON_LIBP2P_HOST_HOST_ADDRESSES_H

#include "common/libp2p/host/host_private.h"

/* Ask the kernel for them. True if they changed; then connections from an
 * address that is gone are closed. */
bool host_addresses_read(struct host *);

/* Is it in a subnet of ours? */
bool host_address_is_on_link(const struct host *, const struct multiaddr *);

#endif
