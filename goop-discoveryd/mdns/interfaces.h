/*
 * interfaces: the interfaces on which peers may be: up, running, able to
 * multicast; the loopback interface if it can multicast or if there is
 * nothing else. With their addresses, as the kernel has them now. Those with an
 * address of a network come first: of the many links of a machine that runs
 * containers most are ports of bridges, with a link-local address at most.
 */
#ifndef GOOP_DISCOVERYD_MDNS_INTERFACES_H
#define GOOP_DISCOVERYD_MDNS_INTERFACES_H

#include <net/if.h>

#include "common/libp2p/mdns/mdns.h"

struct interface_list {
	struct mdns_interface interfaces[MDNS_INTERFACES_MAX];
	char names[MDNS_INTERFACES_MAX][IF_NAMESIZE];
	size_t count;
	size_t left_out; /* over the maximum */
};

/* 0 or -errno; interfaces over the maximum are left out and counted. */
int interfaces_read(struct interface_list *ret);

#endif
