/*
 * network: where this machine is: its default route, as the kernel says, and
 * its own address there.
 */
#ifndef GOOPD_PORT_MAPPER_NETWORK_H
#define GOOPD_PORT_MAPPER_NETWORK_H

#include <stddef.h>

#include "goopd/port_mapper/mapping.h"

/* Of one family. Of IPv6 the own address is a global one that lasts (neither
 * temporary nor deprecated), or none. Blocks for a moment. */
void network_find(bool is_ipv6, struct mapping_network *ret);

/* --- what is done with the kernel's answers; pure */

struct network_search {
	bool is_ipv6;
	struct mapping_network found;
	uint32_t metric; /* of the route */
};

/* Take the body of one RTM_NEWROUTE message: the best default route. */
void network_take_route(struct network_search *, const void *, size_t len);

/* Take the body of one RTM_NEWADDR message. */
void network_take_address(struct network_search *, const void *, size_t len);

#endif
