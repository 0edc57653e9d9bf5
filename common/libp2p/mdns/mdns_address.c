#include "common/libp2p/mdns/mdns_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

bool
mdns_address_equal(const struct mdns_address *a, const struct mdns_address *b)
{
	return a->family == b->family && a->port == b->port &&
	       memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

bool
mdns_address_of_sockaddr(const struct sockaddr *from, struct mdns_address *ret)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(ret, 0, sizeof(*ret));
	if (from->sa_family == AF_INET) {
		memcpy(&in, from, sizeof(in));
		ret->family = AF_INET;
		ret->port = ntohs(in.sin_port);
		memcpy(ret->ip, &in.sin_addr, 4);
		return true;
	}
	if (from->sa_family != AF_INET6)
		return false;
	memcpy(&in6, from, sizeof(in6));
	ret->port = ntohs(in6.sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
		ret->family = AF_INET;
		memcpy(ret->ip, in6.sin6_addr.s6_addr + 12, 4);
		return true;
	}
	ret->family = AF_INET6;
	memcpy(ret->ip, &in6.sin6_addr, 16);
	return true;
}

static struct in6_addr
mdns_address_in6(const struct mdns_address *address)
{
	struct in6_addr in6;

	memcpy(&in6, address->ip, sizeof(in6));
	return in6;
}

bool
mdns_address_is_loopback(const struct mdns_address *address)
{
	struct in6_addr in6 = mdns_address_in6(address);

	if (address->family == AF_INET)
		return address->ip[0] == 127;
	return IN6_IS_ADDR_LOOPBACK(&in6);
}

bool
mdns_address_is_link_local(const struct mdns_address *address)
{
	struct in6_addr in6 = mdns_address_in6(address);

	return address->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&in6);
}

bool
mdns_address_is_dialable(const struct mdns_address *address)
{
	struct in6_addr in6 = mdns_address_in6(address);

	if (address->port == 0)
		return false;
	if (address->family ==
	    AF_INET) /* 0/8; multicast, reserved, broadcast */
		return address->ip[0] != 0 && address->ip[0] < 224;
	return address->family == AF_INET6 && !IN6_IS_ADDR_MULTICAST(&in6) &&
	       !IN6_IS_ADDR_UNSPECIFIED(&in6);
}

void
mdns_address_print(const struct mdns_address *address, unsigned int zone,
    char text[MDNS_ADDRESS_TEXT_SIZE])
{
	char ip[INET6_ADDRSTRLEN];

	inet_ntop(address->family, address->ip, ip, sizeof(ip));
	if (zone != 0 && mdns_address_is_link_local(address))
		snprintf(text, MDNS_ADDRESS_TEXT_SIZE,
		    "/ip6zone/%u/ip6/%s/tcp/%u", zone, ip, address->port);
	else
		snprintf(text, MDNS_ADDRESS_TEXT_SIZE, "/%s/%s/tcp/%u",
		    address->family == AF_INET ? "ip4" : "ip6", ip,
		    address->port);
}
