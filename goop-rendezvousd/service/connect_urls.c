#include "goop-rendezvousd/service/connect_urls.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/bytes.h"

enum { INTERFACES_MAX = 64 };

/* How likely another machine reaches an address; the lower the better. */
enum rank {
	RANK_PUBLIC_4,
	RANK_PRIVATE_4,
	RANK_SHARED_4, /* RFC 6598: behind a provider's NAT */
	RANK_PUBLIC_6,
	RANK_LOCAL_6, /* RFC 4193 */
	RANK_USELESS
};

static enum rank
rank_v4(uint32_t address)
{
	if (address >> 24 == 127 || address >> 24 == 0 ||
	    address >> 16 == 0xa9fe || address >> 28 >= 0xe)
		return RANK_USELESS;
	if (address >> 24 == 10 || address >> 20 == 0xac1 ||
	    address >> 16 == 0xc0a8)
		return RANK_PRIVATE_4;
	return address >> 22 == 0x6440 >> 6 ? RANK_SHARED_4 : RANK_PUBLIC_4;
}

static enum rank
rank_v6(const struct in6_addr *address)
{
	if (IN6_IS_ADDR_UNSPECIFIED(address) || IN6_IS_ADDR_LOOPBACK(address) ||
	    IN6_IS_ADDR_LINKLOCAL(address) || IN6_IS_ADDR_MULTICAST(address) ||
	    IN6_IS_ADDR_V4MAPPED(address))
		return RANK_USELESS;
	return (address->s6_addr[0] & 0xfe) == 0xfc ? RANK_LOCAL_6
						    : RANK_PUBLIC_6;
}

static enum rank
rank_of(const union http_address *address)
{
	if (address->sa.sa_family == AF_INET)
		return rank_v4(ntohl(address->v4.sin_addr.s_addr));
	return rank_v6(&address->v6.sin6_addr);
}

static bool
is_wildcard(const union http_address *address)
{
	if (address->sa.sa_family == AF_INET)
		return address->v4.sin_addr.s_addr == INADDR_ANY;
	return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
}

/* Bridges and virtual cables lead to containers of this machine only. */
static bool
is_virtual(const char *name)
{
	static const char *const prefixes[] = { "docker", "veth", "br-",
		"virbr" };
	struct bytes bytes = bytes_of(name);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (bytes_skip(&bytes, prefixes[i]))
			return true;
	}
	return false;
}

static void
add(struct connect_urls *urls, const struct connect_server *server,
    const union http_address *address)
{
	const char *scheme = server->is_tls ? "https" : "http";
	bool is_v4 = address->sa.sa_family == AF_INET;
	char text[INET6_ADDRSTRLEN];
	const void *bytes = is_v4 ? (const void *)&address->v4.sin_addr
				  : &address->v6.sin6_addr;

	if (urls->count == CONNECT_URLS_MAX ||
	    inet_ntop(address->sa.sa_family, bytes, text, sizeof(text)) == NULL)
		return;
	snprintf(urls->items[urls->count++], CONNECT_URL_SIZE,
	    is_v4 ? "%s://%s:%u" : "%s://[%s]:%u", scheme, text,
	    http_address_port(&server->bound));
}

static void
add_loopback(struct connect_urls *urls, const struct connect_server *server)
{
	union http_address address = server->bound;

	if (address.sa.sa_family == AF_INET)
		address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		address.v6.sin6_addr = in6addr_loopback;
	add(urls, server, &address);
}

static bool
is_served(const struct connect_server *server,
    const struct connect_interface *interface)
{
	return interface->is_up && !is_virtual(interface->name) &&
	       (server->is_both || interface->address.sa.sa_family ==
				       server->bound.sa.sa_family);
}

static void
add_interfaces(struct connect_urls *urls, const struct connect_server *server,
    const struct connect_interface *interfaces, size_t count)
{
	enum rank rank;
	size_t i;

	for (rank = RANK_PUBLIC_4; rank < RANK_USELESS; rank++) {
		for (i = 0; i < count; i++) {
			if (rank_of(&interfaces[i].address) == rank &&
			    is_served(server, &interfaces[i]))
				add(urls, server, &interfaces[i].address);
		}
	}
	urls->reach = urls->count > 0 ? CONNECT_NETWORK : CONNECT_NOWHERE;
	if (urls->count == 0)
		add_loopback(urls, server);
}

static void
add_external(struct connect_urls *urls, const char *url)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	snprintf(urls->items[0], CONNECT_URL_SIZE, "%.*s", (int)len, url);
	urls->count = 1;
	urls->reach = CONNECT_ANYWHERE;
}

void
connect_urls_make(const struct connect_server *server,
    const struct connect_interface *interfaces, size_t count,
    struct connect_urls *ret)
{
	ret->count = 0;
	if (server->external_url[0] != '\0') {
		add_external(ret, server->external_url);
	} else if (is_wildcard(&server->bound)) {
		add_interfaces(ret, server, interfaces, count);
	} else {
		add(ret, server, &server->bound);
		ret->reach = http_address_is_loopback(&server->bound)
				 ? CONNECT_HERE_ALONE
				 : CONNECT_NETWORK;
	}
}

static size_t
take_interfaces(const struct ifaddrs *list, struct connect_interface *ret)
{
	struct connect_interface *interface;
	size_t count = 0;

	for (; list != NULL && count < INTERFACES_MAX; list = list->ifa_next) {
		if (list->ifa_addr == NULL ||
		    (list->ifa_addr->sa_family != AF_INET &&
			list->ifa_addr->sa_family != AF_INET6))
			continue;
		interface = &ret[count++];
		interface->name = list->ifa_name;
		interface->is_up = (list->ifa_flags & IFF_UP) != 0;
		memcpy(&interface->address, list->ifa_addr,
		    list->ifa_addr->sa_family == AF_INET
			? sizeof(struct sockaddr_in)
			: sizeof(struct sockaddr_in6));
	}
	return count;
}

void
connect_urls_find(const struct connect_server *server, struct connect_urls *ret)
{
	struct connect_interface interfaces[INTERFACES_MAX];
	struct ifaddrs *list = NULL;
	size_t count = 0;

	if (getifaddrs(&list) == 0)
		count = take_interfaces(list, interfaces);
	connect_urls_make(server, interfaces, count, ret);
	if (list != NULL)
		freeifaddrs(list);
}
