#include "common/libp2p/multiformats/multiaddr_class.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "common/base/array.h"

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
multiaddr_is_local(const struct multiaddr *multiaddr)
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
multiaddr_is_private(const struct multiaddr *multiaddr)
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

static bool
ip4_is_reserved(const union address *address)
{
	static const struct {
		uint32_t net;
		int bits;
	} ranges[] = {
		{ 0x00000000, 8 },  /* this network */
		{ 0xc0000000, 24 }, /* protocol assignments */
		{ 0xc0000200, 24 }, /* documentation, */
		{ 0xc6336400, 24 }, /* here too, */
		{ 0xcb007100, 24 }, /* and here */
		{ 0xc6120000, 15 }, /* benchmarks */
		{ 0xe0000000, 3 },  /* multicast, future use, broadcast */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (ip4_is_in(address, ranges[i].net, ranges[i].bits))
			return true;
	return false;
}

bool
multiaddr_is_public(const struct multiaddr *multiaddr)
{
	static const uint8_t documentation[] = { 0x20, 0x01, 0x0d, 0xb8 };
	union address address;

	if (!address_open(multiaddr, &address) ||
	    multiaddr_is_local(multiaddr) || multiaddr_is_private(multiaddr))
		return false;
	if (address.any.sa_family == AF_INET)
		return !ip4_is_reserved(&address);
	return (address.ip6.sin6_addr.s6_addr[0] & 0xe0) == 0x20 &&
	       memcmp(address.ip6.sin6_addr.s6_addr, documentation,
		   sizeof(documentation)) != 0;
}

bool
multiaddr_is_same_family(const struct multiaddr *a, const struct multiaddr *b)
{
	union address x, y;

	return address_open(a, &x) && address_open(b, &y) &&
	       x.any.sa_family == y.any.sa_family;
}

static bool
is_same_prefix(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 &&
	       (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

bool
multiaddr_is_same_subnet(
    const struct multiaddr *a, const struct multiaddr *b, unsigned int bits)
{
	union address x, y;

	if (!address_open(a, &x) || !address_open(b, &y) ||
	    x.any.sa_family != y.any.sa_family)
		return false;
	if (x.any.sa_family == AF_INET)
		return is_same_prefix((const uint8_t *)&x.ip4.sin_addr,
		    (const uint8_t *)&y.ip4.sin_addr, bits < 32 ? bits : 32);
	return is_same_prefix(x.ip6.sin6_addr.s6_addr, y.ip6.sin6_addr.s6_addr,
	    bits < 128 ? bits : 128);
}

bool
multiaddr_is_same_ip(const struct multiaddr *a, const struct multiaddr *b)
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
multiaddr_is_dialable(const struct multiaddr *multiaddr)
{
	union address address;

	if (!address_open(multiaddr, &address))
		return false;
	if (address.any.sa_family == AF_INET)
		return ip4_is_dialable(&address.ip4);
	return ip6_is_dialable(&address.ip6);
}
