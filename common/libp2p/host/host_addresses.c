#include "common/libp2p/host/host_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/libp2p/host/host_connection.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

static bool
is_among(
    const struct multiaddr *list, size_t count, const struct multiaddr *address)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (multiaddr_equal(&list[i], address))
			return true;
	return false;
}

static bool
is_own(const struct host *host, const struct multiaddr *address)
{
	return is_among(host->own, host->own_count, address);
}

bool
host_address_is_dialable(
    const struct host *host, const struct multiaddr *multiaddr)
{
	struct multiaddr plain = *multiaddr;
	struct peer_id peer, relay_id;
	struct multiaddr relay;

	multiaddr_take_peer(&plain, &peer);
	if (multiaddr_take_circuit(&plain, &relay, &relay_id))
		return host->circuit_dialer != NULL &&
		       !peer_id_equal(&relay_id, &host->self);
	return multiaddr_is_dialable(&plain) && !is_own(host, &plain);
}

static bool
is_withheld(const struct host *host, const struct multiaddr *address)
{
	return is_among(host->withheld, host->withheld_count, address);
}

size_t
host_addresses(
    const struct host *host, bool with_local, struct multiaddr *ret, size_t max)
{
	size_t i, count = 0;

	for (i = 0; i < host->announced_count && count < max; i++)
		if (!is_own(host, &host->announced[i]))
			ret[count++] = host->announced[i];
	for (i = 0; i < host->own_count && count < max; i++)
		if (with_local || (!multiaddr_is_local(&host->own[i]) &&
				      !is_withheld(host, &host->own[i])))
			ret[count++] = host->own[i];
	return count;
}

size_t
host_interface_addresses(
    const struct host *host, struct multiaddr *ret, size_t max)
{
	size_t i, count = 0;

	for (i = 0; i < host->own_count && count < max; i++)
		if (!multiaddr_is_local(&host->own[i]))
			ret[count++] = host->own[i];
	return count;
}

/* Replace a list; false if it stays as it was. */
static bool
replace(struct multiaddr *list, size_t *list_count,
    const struct multiaddr *addresses, size_t count)
{
	size_t i;
	bool is_same = count == *list_count;

	for (i = 0; is_same && i < count; i++)
		is_same = multiaddr_equal(&addresses[i], &list[i]);
	if (is_same)
		return false;
	if (count > 0)
		memcpy(list, addresses, count * sizeof(*addresses));
	*list_count = count;
	return true;
}

void
host_announce(
    struct host *host, const struct multiaddr *addresses, size_t count)
{
	if (count > HOST_ANNOUNCED_MAX)
		bug("host: too many announced addresses");
	if (replace(host->announced, &host->announced_count, addresses, count))
		host->events->on_addresses(host);
}

void
host_withhold(
    struct host *host, const struct multiaddr *addresses, size_t count)
{
	if (count > HOST_WITHHELD_MAX)
		bug("host: too many withheld addresses");
	if (replace(host->withheld, &host->withheld_count, addresses, count))
		host->events->on_addresses(host);
}

/* The address of an interface with our port; false if we do not listen on its
 * family. */
static bool
own_address(const struct host *host, const struct ifaddrs *interface,
    struct multiaddr *ret)
{
	union address address;

	if (interface->ifa_addr == NULL || !(interface->ifa_flags & IFF_UP))
		return false;
	if (interface->ifa_addr->sa_family == AF_INET &&
	    host->listeners[0] != NULL) {
		memcpy(&address.ip4, interface->ifa_addr, sizeof(address.ip4));
		address.ip4.sin_port = htons(host->port);
	} else if (interface->ifa_addr->sa_family == AF_INET6 &&
		   host->listeners[1] != NULL) {
		memcpy(&address.ip6, interface->ifa_addr, sizeof(address.ip6));
		address.ip6.sin6_port = htons(host->port);
	} else {
		return false;
	}
	return multiaddr_of_sockaddr(&address.any, ret) == 0;
}

/* How many bits of an address its subnet has. */
static uint8_t
bits_of(const struct sockaddr *mask)
{
	union address address;
	const uint8_t *bytes;
	size_t count, i;
	unsigned int bits = 0;

	if (mask == NULL)
		return 128; /* that address alone */
	if (mask->sa_family == AF_INET6) {
		memcpy(&address.ip6, mask, sizeof(address.ip6));
		bytes = address.ip6.sin6_addr.s6_addr;
		count = sizeof(address.ip6.sin6_addr);
	} else {
		memcpy(&address.ip4, mask, sizeof(address.ip4));
		bytes = (const uint8_t *)&address.ip4.sin_addr;
		count = sizeof(address.ip4.sin_addr);
	}
	for (i = 0; i < count; i++)
		bits += (unsigned int)__builtin_popcount(bytes[i]);
	return (uint8_t)bits;
}

bool
host_address_is_on_link(
    const struct host *host, const struct multiaddr *address)
{
	size_t i;

	for (i = 0; i < host->own_count; i++)
		if (multiaddr_is_same_subnet(
			&host->own[i], address, host->own_bits[i]))
			return true;
	return false;
}

static void
read_addresses(struct host *host)
{
	struct ifaddrs *all, *interface;

	if (getifaddrs(&all) == -1) {
		log_warn("host addresses unknown: getifaddrs: %m");
		return;
	}
	memset(host->own, 0, sizeof(host->own));
	host->own_count = 0;
	for (interface = all;
	     interface != NULL && host->own_count < HOST_OWN_ADDRESSES_MAX;
	     interface = interface->ifa_next)
		if (own_address(host, interface, &host->own[host->own_count]))
			host->own_bits[host->own_count++] =
			    bits_of(interface->ifa_netmask);
	freeifaddrs(all);
}

/* A connection from an address that we no longer have can only time out: close
 * it now, so that the peer is dialled again. */
static void
close_orphans(struct host *host)
{
	union address address;
	struct multiaddr own;
	struct host_connection *connection;
	socklen_t len;

	TAILQ_FOREACH (connection, &host->connections, all) {
		len = sizeof(address);
		if (connection->state == HOST_CONNECTION_CLOSING ||
		    connection->fd == -1 ||
		    getsockname(connection->fd, &address.any, &len) == -1)
			continue;
		/* Only families that we listen on have own addresses. */
		if (host->listeners[address.any.sa_family == AF_INET6] == NULL)
			continue;
		if (address.any.sa_family == AF_INET)
			address.ip4.sin_port = htons(host->port);
		else
			address.ip6.sin6_port = htons(host->port);
		if (multiaddr_of_sockaddr(&address.any, &own) == 0 &&
		    !is_own(host, &own))
			host_connection_close(
			    connection, "our own address is gone");
	}
}

bool
host_addresses_read(struct host *host)
{
	struct multiaddr before[HOST_OWN_ADDRESSES_MAX];
	size_t count = host->own_count;

	memcpy(before, host->own, sizeof(before));
	read_addresses(host);
	if (count == host->own_count &&
	    !memcmp(before, host->own, sizeof(before)))
		return false;
	if (host->own_count < HOST_OWN_ADDRESSES_MAX)
		close_orphans(host);
	return true;
}
