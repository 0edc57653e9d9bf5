#include "goop-discoveryd/mdns/interfaces.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <string.h>

#include "common/base/counter.h"

COUNTER(interfaces_left_out, "network interfaces over the limit");

static bool
interface_is_loopback(const struct ifaddrs *entry)
{
	return (entry->ifa_flags & IFF_LOOPBACK) != 0;
}

static bool
interface_is_suitable(const struct ifaddrs *entry, bool nothing_else)
{
	unsigned int flags = entry->ifa_flags;

	if ((flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING))
		return false;
	return (flags & IFF_MULTICAST) != 0 ||
	       (nothing_else && interface_is_loopback(entry));
}

/* The packet address of an entry has its index; asking for it by name needs a
 * system call that the sandbox does not have. */
static void
interfaces_add(struct interface_list *list, const struct ifaddrs *entry)
{
	struct sockaddr_ll interface;

	if (list->count == MDNS_INTERFACES_MAX) {
		list->left_out++;
		counter_add(&interfaces_left_out, 1);
		return;
	}
	memcpy(&interface, entry->ifa_addr, sizeof(interface));
	memset(&list->interfaces[list->count], 0, sizeof(list->interfaces[0]));
	list->interfaces[list->count].index =
	    (unsigned int)interface.sll_ifindex;
	strncpy(list->names[list->count], entry->ifa_name, IF_NAMESIZE - 1);
	list->names[list->count][IF_NAMESIZE - 1] = '\0';
	list->count++;
}

static bool
interface_has_network(
    const struct ifaddrs *interface, const struct ifaddrs *all)
{
	const struct ifaddrs *entry;
	struct mdns_address address;

	for (entry = all; entry != NULL; entry = entry->ifa_next)
		if (entry->ifa_addr != NULL &&
		    strcmp(entry->ifa_name, interface->ifa_name) == 0 &&
		    mdns_address_of_sockaddr(entry->ifa_addr, &address) &&
		    !mdns_address_is_link_local(&address))
			return true;
	return false;
}

static void
interfaces_find(
    struct interface_list *list, const struct ifaddrs *all, bool nothing_else)
{
	const struct ifaddrs *entry;
	int pass;

	for (pass = 0; pass < 2; pass++)
		for (entry = all; entry != NULL; entry = entry->ifa_next)
			if (entry->ifa_addr != NULL &&
			    entry->ifa_addr->sa_family == AF_PACKET &&
			    interface_is_suitable(entry, nothing_else) &&
			    interface_has_network(entry, all) == (pass == 0))
				interfaces_add(list, entry);
}

/* Of the subnet of an entry's address. */
static unsigned int
interfaces_subnet_bits(const struct ifaddrs *entry)
{
	struct mdns_address mask;
	unsigned int bits = 0;
	size_t i;

	if (entry->ifa_netmask == NULL ||
	    !mdns_address_of_sockaddr(entry->ifa_netmask, &mask))
		return 8 * sizeof(mask.ip);
	for (i = 0; i < sizeof(mask.ip); i++)
		bits += (unsigned int)__builtin_popcount(mask.ip[i]);
	return bits;
}

static void
interfaces_add_address(struct interface_list *list, const struct ifaddrs *entry)
{
	struct mdns_address address;
	size_t i;

	if (entry->ifa_addr == NULL ||
	    !mdns_address_of_sockaddr(entry->ifa_addr, &address))
		return;
	address.port = 0;
	for (i = 0; i < list->count; i++)
		if (strcmp(list->names[i], entry->ifa_name) == 0)
			mdns_interface_add(&list->interfaces[i], &address,
			    interfaces_subnet_bits(entry));
}

int
interfaces_read(struct interface_list *ret)
{
	struct ifaddrs *all, *entry;

	if (getifaddrs(&all) == -1)
		return -errno;
	ret->count = ret->left_out = 0;
	interfaces_find(ret, all, false);
	if (ret->count == 0)
		interfaces_find(ret, all, true);
	for (entry = all; entry != NULL; entry = entry->ifa_next)
		interfaces_add_address(ret, entry);
	freeifaddrs(all);
	return 0;
}
