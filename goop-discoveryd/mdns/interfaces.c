#include "goop-discoveryd/mdns/interfaces.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <string.h>

#include "common/base/counter.h"

COUNTER(links_left_out, "network interfaces over the limit");

static bool
link_is_loopback(const struct ifaddrs *entry)
{
	return (entry->ifa_flags & IFF_LOOPBACK) != 0;
}

static bool
link_is_suitable(const struct ifaddrs *entry, bool nothing_else)
{
	unsigned int flags = entry->ifa_flags;

	if ((flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING))
		return false;
	return (flags & IFF_MULTICAST) != 0 ||
	       (nothing_else && link_is_loopback(entry));
}

/* The packet address of an entry has its index; asking for it by name needs a
 * system call that the sandbox does not have. */
static void
links_add(struct link_list *list, const struct ifaddrs *entry)
{
	struct sockaddr_ll link;

	if (list->count == MDNS_LINKS_MAX) {
		counter_add(&links_left_out, 1);
		return;
	}
	memcpy(&link, entry->ifa_addr, sizeof(link));
	memset(&list->links[list->count], 0, sizeof(list->links[0]));
	list->links[list->count].index = (unsigned int)link.sll_ifindex;
	strncpy(list->names[list->count], entry->ifa_name, IF_NAMESIZE - 1);
	list->names[list->count][IF_NAMESIZE - 1] = '\0';
	list->count++;
}

static void
links_find(struct link_list *list, const struct ifaddrs *all, bool nothing_else)
{
	const struct ifaddrs *entry;

	for (entry = all; entry != NULL; entry = entry->ifa_next)
		if (entry->ifa_addr != NULL &&
		    entry->ifa_addr->sa_family == AF_PACKET &&
		    link_is_suitable(entry, nothing_else))
			links_add(list, entry);
}

static void
links_add_address(struct link_list *list, const struct ifaddrs *entry)
{
	struct mdns_address address;
	struct mdns_link *link;
	size_t i;

	if (entry->ifa_addr == NULL ||
	    !mdns_address_of_sockaddr(entry->ifa_addr, &address))
		return;
	address.port = 0;
	for (i = 0; i < list->count; i++) {
		link = &list->links[i];
		if (strcmp(list->names[i], entry->ifa_name) == 0 &&
		    link->count < MDNS_LINK_ADDRESSES_MAX)
			link->addresses[link->count++] = address;
	}
}

int
links_read(struct link_list *ret)
{
	struct ifaddrs *all, *entry;

	if (getifaddrs(&all) == -1)
		return -errno;
	ret->count = 0;
	links_find(ret, all, false);
	if (ret->count == 0)
		links_find(ret, all, true);
	for (entry = all; entry != NULL; entry = entry->ifa_next)
		links_add_address(ret, entry);
	freeifaddrs(all);
	return 0;
}
