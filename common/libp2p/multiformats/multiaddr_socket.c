/* Multiaddrs of TCP sockets. */
#include "common/libp2p/multiformats/multiaddr.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "common/base/text.h"
#include "common/libp2p/multiformats/multiaddr_protocol.h"

/* The components of a dialable address, in their order. */
struct parts {
	struct bytes zone, ip4, ip6, port, peer;
};

static struct bytes
take_if(struct cursor *cursor, uint64_t code)
{
	struct cursor ahead = *cursor;
	struct multiaddr_component component;

	if (!multiaddr_component_take(&ahead, &component) ||
	    component.protocol->code != code)
		return (struct bytes){ NULL, 0 };
	*cursor = ahead;
	return component.value;
}

static int
take_apart(const struct multiaddr *address, struct parts *ret)
{
	struct cursor cursor = cursor_over(multiaddr_bytes(address));
	struct parts parts;

	parts.zone = take_if(&cursor, MULTIADDR_IP6ZONE);
	parts.ip6 = take_if(&cursor, MULTIADDR_IP6);
	parts.ip4 = parts.ip6.len == 0 ? take_if(&cursor, MULTIADDR_IP4)
				       : (struct bytes){ NULL, 0 };
	parts.port = take_if(&cursor, MULTIADDR_TCP);
	parts.peer = take_if(&cursor, MULTIADDR_P2P);
	if (!cursor_done(&cursor) || parts.port.len == 0 ||
	    (parts.ip4.len == 0 && parts.ip6.len == 0) ||
	    (parts.zone.len > 0 && parts.ip6.len == 0))
		return -EPROTONOSUPPORT;
	*ret = parts;
	return 0;
}

/* The scope of a zone: a number, or the name of an interface here. */
static int
scope_of_zone(struct bytes zone, uint32_t *ret)
{
	char name[IF_NAMESIZE];
	uint64_t number;

	if (text_parse_u64(zone, &number) == 0 && number <= UINT32_MAX) {
		*ret = (uint32_t)number;
		return 0;
	}
	if (zone.len >= sizeof(name))
		return -EPROTONOSUPPORT;
	memcpy(name, zone.data, zone.len);
	name[zone.len] = '\0';
	*ret = if_nametoindex(name);
	return *ret != 0 ? 0 : -EPROTONOSUPPORT;
}

static void
fill_ip4(
    const struct parts *parts, struct sockaddr_storage *ret, socklen_t *len)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;

	*len = sizeof(*in);
	in->sin_family = AF_INET;
	memcpy(&in->sin_addr, parts->ip4.data, sizeof(in->sin_addr));
	memcpy(&in->sin_port, parts->port.data, sizeof(in->sin_port));
}

static int
fill_ip6(
    const struct parts *parts, struct sockaddr_storage *ret, socklen_t *len)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	*len = sizeof(*in6);
	in6->sin6_family = AF_INET6;
	memcpy(&in6->sin6_addr, parts->ip6.data, sizeof(in6->sin6_addr));
	memcpy(&in6->sin6_port, parts->port.data, sizeof(in6->sin6_port));
	if (parts->zone.len == 0)
		return 0;
	return scope_of_zone(parts->zone, &in6->sin6_scope_id);
}

int
multiaddr_to_sockaddr(const struct multiaddr *address,
    struct sockaddr_storage *ret, socklen_t *ret_len, struct peer_id *ret_peer)
{
	struct sockaddr_storage storage = { 0 };
	struct peer_id peer = { 0 };
	struct parts parts;
	socklen_t len;
	int rc = take_apart(address, &parts);

	if (rc == 0 && parts.ip6.len > 0)
		rc = fill_ip6(&parts, &storage, &len);
	else if (rc == 0)
		fill_ip4(&parts, &storage, &len);
	if (rc == 0 && parts.peer.len > 0)
		rc = peer_id_decode(parts.peer, &peer);
	if (rc < 0)
		return -EPROTONOSUPPORT;
	*ret = storage;
	*ret_len = len;
	*ret_peer = peer;
	return 0;
}

/* An address and a port always fit into a multiaddr. */
static void
append_endpoint(struct multiaddr *ret, uint64_t code, const void *address,
    size_t len, in_port_t port)
{
	ret->len = 0;
	multiaddr_component_append(ret, multiaddr_protocol_by_code(code),
	    (struct bytes){ address, len });
	multiaddr_component_append(ret,
	    multiaddr_protocol_by_code(MULTIADDR_TCP),
	    (struct bytes){ (const uint8_t *)&port, sizeof(port) });
}

int
multiaddr_of_sockaddr(const struct sockaddr *address, struct multiaddr *ret)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	const uint8_t *ip6;

	if (address->sa_family == AF_INET) {
		append_endpoint(
		    ret, MULTIADDR_IP4, &in->sin_addr, 4, in->sin_port);
		return 0;
	}
	if (address->sa_family != AF_INET6)
		return -EAFNOSUPPORT;
	ip6 = in6->sin6_addr.s6_addr;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		append_endpoint(
		    ret, MULTIADDR_IP4, ip6 + 12, 4, in6->sin6_port);
	else
		append_endpoint(ret, MULTIADDR_IP6, ip6, 16, in6->sin6_port);
	return 0;
}
