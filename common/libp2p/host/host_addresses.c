/* Our own addresses, and which addresses of others are worth dialling. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "common/base/log.h"
#include "common/libp2p/host/host_private.h"

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
	struct sockaddr_storage storage;
};

/* False if it is not plain IP over TCP. */
static bool
address_open(const struct multiaddr *from, union address *ret)
{
	struct peer_id none;
	socklen_t len;

	return multiaddr_to_sockaddr(from, &ret->storage, &len, &none) == 0;
}

static bool
ip4_is_in(const union address *address, uint32_t net, int bits)
{
	uint32_t ip = ntohl(address->ip4.sin_addr.s_addr);

	return (ip ^ net) >> (32 - bits) == 0;
}

bool
address_is_local(const struct multiaddr *multiaddr)
{
	union address address;

	if (!address_open(multiaddr, &address))
		return false;
	if (address.any.sa_family == AF_INET)
		return ip4_is_in(&address, 0x7f000000, 8) ||
		       ip4_is_in(&address, 0xa9fe0000, 16);
	return IN6_IS_ADDR_LOOPBACK(&address.ip6.sin6_addr) ||
	       IN6_IS_ADDR_LINKLOCAL(&address.ip6.sin6_addr);
}

bool
address_is_private(const struct multiaddr *multiaddr)
{
	union address address;

	if (!address_open(multiaddr, &address))
		return false;
	if (address.any.sa_family == AF_INET)
		return ip4_is_in(&address, 0x0a000000, 8) ||
		       ip4_is_in(&address, 0xac100000, 12) ||
		       ip4_is_in(&address, 0xc0a80000, 16) ||
		       ip4_is_in(&address, 0x64400000, 10);
	return (address.ip6.sin6_addr.s6_addr[0] & 0xfe) == 0xfc;
}

bool
address_is_same_family(const struct multiaddr *a, const struct multiaddr *b)
{
	union address x, y;

	return address_open(a, &x) && address_open(b, &y) &&
	       x.any.sa_family == y.any.sa_family;
}

bool
address_is_same_ip(const struct multiaddr *a, const struct multiaddr *b)
{
	union address x, y;

	if (!address_open(a, &x) || !address_open(b, &y) ||
	    x.any.sa_family != y.any.sa_family)
		return false;
	if (x.any.sa_family == AF_INET)
		return x.ip4.sin_addr.s_addr == y.ip4.sin_addr.s_addr;
	return !memcmp(
	    &x.ip6.sin6_addr, &y.ip6.sin6_addr, sizeof(x.ip6.sin6_addr));
}

static bool
host_is_own(const struct host *host, const struct multiaddr *address)
{
	size_t i;

	for (i = 0; i < host->own_count; i++)
		if (multiaddr_equal(&host->own[i], address))
			return true;
	return false;
}

static bool
ip4_is_dialable(const struct sockaddr_in *ip4)
{
	uint32_t ip = ntohl(ip4->sin_addr.s_addr);

	return ip4->sin_port != 0 && ip >> 24 != 0 && ip >> 28 < 0xe;
}

static bool
ip6_is_dialable(const struct sockaddr_in6 *ip6)
{
	return ip6->sin6_port != 0 &&
	       !IN6_IS_ADDR_UNSPECIFIED(&ip6->sin6_addr) &&
	       !IN6_IS_ADDR_MULTICAST(&ip6->sin6_addr) &&
	       (!IN6_IS_ADDR_LINKLOCAL(&ip6->sin6_addr) ||
		   ip6->sin6_scope_id != 0);
}

bool
host_address_is_dialable(
    const struct host *host, const struct multiaddr *multiaddr)
{
	struct multiaddr plain = *multiaddr;
	union address address;
	struct peer_id peer;

	multiaddr_take_peer(&plain, &peer);
	if (!address_open(&plain, &address) || host_is_own(host, &plain))
		return false;
	if (address.any.sa_family == AF_INET)
		return ip4_is_dialable(&address.ip4);
	return ip6_is_dialable(&address.ip6);
}

size_t
host_addresses(
    const struct host *host, bool with_local, struct multiaddr *ret, size_t max)
{
	size_t i, count = 0;

	for (i = 0; i < host->own_count && count < max; i++)
		if (with_local || !address_is_local(&host->own[i]))
			ret[count++] = host->own[i];
	return count;
}

/* The address of an interface with our port; false if we do not listen so. */
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

void
host_addresses_read(struct host *host)
{
	struct ifaddrs *all, *interface;

	if (getifaddrs(&all) == -1) {
		log_warn("own addresses unknown: %m");
		return;
	}
	memset(host->own, 0, sizeof(host->own));
	host->own_count = 0;
	for (interface = all;
	     interface != NULL && host->own_count < HOST_OWN_ADDRESSES_MAX;
	     interface = interface->ifa_next)
		if (own_address(host, interface, &host->own[host->own_count]))
			host->own_count++;
	freeifaddrs(all);
}

/* A connection from an address that we no longer have only waits for its
 * time-out: better to dial anew now. */
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
		    getsockname(connection->fd, &address.any, &len) == -1)
			continue;
		/* Own addresses are those that we listen on. */
		if (host->listeners[address.any.sa_family == AF_INET6] == NULL)
			continue;
		if (address.any.sa_family == AF_INET)
			address.ip4.sin_port = htons(host->port);
		else
			address.ip6.sin6_port = htons(host->port);
		if (multiaddr_of_sockaddr(&address.any, &own) == 0 &&
		    !host_is_own(host, &own))
			host_connection_close(
			    connection, "our address of it is gone");
	}
}

void
host_addresses_on_change(void *arg)
{
	struct multiaddr before[HOST_OWN_ADDRESSES_MAX];
	struct host *host = arg;
	size_t count = host->own_count;

	memcpy(before, host->own, sizeof(before));
	host_addresses_read(host);
	if (count == host->own_count &&
	    !memcmp(before, host->own, sizeof(before)))
		return;
	if (host->own_count < HOST_OWN_ADDRESSES_MAX)
		close_orphans(host);
	peer_book_forgive_all(host->book); /* it may have been our network */
	host_identify_changed(host);
	if (host->observer.on_addresses != NULL)
		host->observer.on_addresses(host, host->arg);
}
