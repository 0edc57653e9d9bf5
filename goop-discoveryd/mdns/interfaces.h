/*
 * interfaces: the interfaces on which peers may be: up, running, able to
 * multicast; the loopback interface if it can multicast or if there is
 * nothing else. With their addresses, as the kernel has them now.
 */
#ifndef GOOP_DISCOVERYD_MDNS_INTERFACES_H
#define GOOP_DISCOVERYD_MDNS_INTERFACES_H

#include <net/if.h>

#include "common/libp2p/mdns/mdns.h"

struct interface_list {
	struct mdns_interface interfaces[MDNS_INTERFACES_MAX];
	char names[MDNS_INTERFACES_MAX][IF_NAMESIZE];
	size_t count;
};

/* 0 or -errno; interfaces over the maximum are left out and counted. */
int interfaces_read(struct interface_list *ret);

#endif
