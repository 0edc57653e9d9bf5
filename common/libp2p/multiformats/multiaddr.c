#include "common/libp2p/multiformats/multiaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/text.h"
#include "common/libp2p/multiformats/multiaddr_protocol.h"
#include "common/libp2p/multiformats/multibase.h"

enum { VALUE_TEXT_MAX = MULTIADDR_TEXT_SIZE };

bool
multiaddr_equal(const struct multiaddr *a, const struct multiaddr *b)
{
	return bytes_equal(multiaddr_bytes(a), multiaddr_bytes(b));
}

struct bytes
multiaddr_bytes(const struct multiaddr *address)
{
	return (struct bytes){ address->data, address->len };
}

int
multiaddr_decode(struct bytes bytes, struct multiaddr *ret)
{
	struct cursor cursor = cursor_over(bytes);
	struct multiaddr_component component;
	size_t count = 0;

	if (bytes.len == 0 || bytes.len > MULTIADDR_MAX)
		return -EINVAL;
	while (multiaddr_component_take(&cursor, &component))
		if (++count > MULTIADDR_COMPONENTS_MAX)
			return -EINVAL;
	if (!cursor_done(&cursor))
		return -EINVAL;
	ret->len = (uint16_t)bytes.len;
	memcpy(ret->data, bytes.data, bytes.len);
	return 0;
}

static size_t
count_components(const struct multiaddr *address)
{
	struct cursor cursor = cursor_over(multiaddr_bytes(address));
	struct multiaddr_component component;
	size_t count = 0;

	while (multiaddr_component_take(&cursor, &component))
		count++;
	return count;
}

int
multiaddr_append_peer(struct multiaddr *address, const struct peer_id *peer)
{
	const struct multiaddr_protocol *p2p =
	    multiaddr_protocol_by_code(MULTIADDR_P2P);

	if (count_components(address) == MULTIADDR_COMPONENTS_MAX)
		return -ENOBUFS;
	return multiaddr_component_append(address, p2p, peer_id_bytes(peer));
}

bool
multiaddr_take_peer(struct multiaddr *address, struct peer_id *ret)
{
	struct cursor cursor = cursor_over(multiaddr_bytes(address));
	struct multiaddr_component component, last = { 0 };

	while (multiaddr_component_take(&cursor, &component))
		last = component;
	if (last.protocol == NULL || last.protocol->code != MULTIADDR_P2P ||
	    peer_id_decode(last.value, ret) < 0)
		return false;
	address->len = (uint16_t)(last.start - address->data);
	return true;
}

/* Cut off a last component /p2p-circuit. */
static bool
take_circuit(struct multiaddr *address)
{
	struct cursor cursor = cursor_over(multiaddr_bytes(address));
	struct multiaddr_component component, last = { 0 };

	while (multiaddr_component_take(&cursor, &component))
		last = component;
	if (last.protocol == NULL || last.protocol->code != MULTIADDR_CIRCUIT)
		return false;
	address->len = (uint16_t)(last.start - address->data);
	return true;
}

bool
multiaddr_take_circuit(const struct multiaddr *address,
    struct multiaddr *ret_relay, struct peer_id *ret_id)
{
	struct multiaddr relay = *address;

	if (!take_circuit(&relay) || !multiaddr_take_peer(&relay, ret_id))
		return false;
	*ret_relay = relay;
	return true;
}

bool
multiaddr_is_circuit(const struct multiaddr *address)
{
	struct multiaddr relay;
	struct peer_id id;

	return multiaddr_take_circuit(address, &relay, &id);
}

int
multiaddr_make_circuit(const struct multiaddr *relay, const struct peer_id *id,
    struct multiaddr *ret)
{
	const struct multiaddr_protocol *circuit =
	    multiaddr_protocol_by_code(MULTIADDR_CIRCUIT);
	struct multiaddr address = *relay;
	int rc = multiaddr_append_peer(&address, id);

	if (rc == 0 && count_components(&address) == MULTIADDR_COMPONENTS_MAX)
		rc = -ENOBUFS;
	if (rc == 0)
		rc = multiaddr_component_append(
		    &address, circuit, (struct bytes){ NULL, 0 });
	if (rc == 0)
		*ret = address;
	return rc;
}

/* --- the text form: /name/value/... */

/* Take the text up to the next slash, and the slash. */
static struct bytes
take_part(struct cursor *cursor)
{
	struct bytes rest = cursor_rest(cursor);
	const uint8_t *slash =
	    rest.len > 0 ? memchr(rest.data, '/', rest.len) : NULL;
	size_t len = slash != NULL ? (size_t)(slash - rest.data) : rest.len;
	struct bytes part = cursor_take(cursor, len);

	if (slash != NULL)
		cursor_take(cursor, 1);
	return part;
}

static int
parse_number(struct bytes text, uint64_t max, uint64_t *ret)
{
	if (text_parse_u64(text, ret) < 0 || *ret > max)
		return -EINVAL;
	return 0;
}

static int
parse_address(
    int family, struct bytes text, uint8_t *value, size_t size, size_t *len)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	*len = size;
	return inet_pton(family, copy, value) == 1 ? 0 : -EINVAL;
}

static int
parse_peer(struct bytes text, uint8_t *value, size_t *len)
{
	char copy[PEER_ID_INPUT_MAX + 1];
	struct peer_id peer;

	if (text.len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	if (peer_id_parse(copy, &peer) < 0)
		return -EINVAL;
	memcpy(value, peer.data, peer.len);
	*len = peer.len;
	return 0;
}

/* The binary value of text, in value, which has MULTIADDR_MAX of room. */
static int
parse_value(
    enum multiaddr_form form, struct bytes text, uint8_t *value, size_t *len)
{
	struct bytes digits = { text.data + 1, text.len - 1 };
	uint64_t number;

	switch (form) {
	case MULTIADDR_NOTHING:
		break;
	case MULTIADDR_ADDRESS4:
		return parse_address(AF_INET, text, value, 4, len);
	case MULTIADDR_ADDRESS6:
		return parse_address(AF_INET6, text, value, 16, len);
	case MULTIADDR_OCTET:
		if (parse_number(text, UINT8_MAX, &number) < 0)
			return -EINVAL;
		value[0] = (uint8_t)number;
		*len = 1;
		return 0;
	case MULTIADDR_PORT:
		if (parse_number(text, UINT16_MAX, &number) < 0)
			return -EINVAL;
		store_be16(value, (uint16_t)number);
		*len = 2;
		return 0;
	case MULTIADDR_NAME:
		if (text.len > MULTIADDR_MAX)
			return -EINVAL;
		memcpy(value, text.data, text.len);
		*len = text.len;
		return 0;
	case MULTIADDR_PEER:
		return parse_peer(text, value, len);
	case MULTIADDR_CERTHASH:
		return multibase_decode(
		    (char)text.data[0], digits, value, MULTIADDR_MAX, len);
	}
	return -EINVAL;
}

static int
parse_component(struct cursor *cursor, struct multiaddr *address)
{
	const struct multiaddr_protocol *protocol =
	    multiaddr_protocol_by_name(take_part(cursor));
	uint8_t value[MULTIADDR_MAX];
	struct bytes text, bytes = { value, 0 };

	if (protocol == NULL)
		return -EINVAL;
	if (protocol->form != MULTIADDR_NOTHING) {
		text = take_part(cursor);
		if (text.len == 0 ||
		    parse_value(protocol->form, text, value, &bytes.len) < 0 ||
		    !multiaddr_value_is_good(protocol->form, bytes))
			return -EINVAL;
	}
	return multiaddr_component_append(address, protocol, bytes) < 0
		   ? -EINVAL
		   : 0;
}

int
multiaddr_parse(const char *text, struct multiaddr *ret)
{
	size_t len = strnlen(text, MULTIADDR_TEXT_SIZE), count = 0;
	struct cursor cursor =
	    cursor_over((struct bytes){ (const uint8_t *)text, len });
	struct multiaddr address = { 0 };

	if (len == MULTIADDR_TEXT_SIZE || cursor_u8(&cursor) != '/')
		return -EINVAL;
	do {
		if (++count > MULTIADDR_COMPONENTS_MAX ||
		    parse_component(&cursor, &address) < 0)
			return -EINVAL;
	} while (cursor_rest(&cursor).len > 0);
	*ret = address;
	return 0;
}

/* RFC 5952; inet_ntop() takes ::1:2 for an IPv4 address, others do not. */
static void
print_address6(struct bytes value, char *text)
{
	struct cursor cursor = cursor_over(value);
	uint64_t high =
	    (uint64_t)cursor_be32(&cursor) << 32 | cursor_be32(&cursor);
	uint32_t third = cursor_be32(&cursor);
	unsigned int seventh = cursor_be16(&cursor);
	unsigned int eighth = cursor_be16(&cursor);

	if (high == 0 && third == 0 && seventh != 0)
		snprintf(text, VALUE_TEXT_MAX, "::%x:%x", seventh, eighth);
	else
		inet_ntop(AF_INET6, value.data, text, VALUE_TEXT_MAX);
}

static void
print_value(
    enum multiaddr_form form, struct bytes value, char text[VALUE_TEXT_MAX])
{
	struct cursor cursor = cursor_over(value);
	struct peer_id peer;

	text[0] = '\0';
	switch (form) {
	case MULTIADDR_NOTHING:
		break;
	case MULTIADDR_ADDRESS4:
		inet_ntop(AF_INET, value.data, text, VALUE_TEXT_MAX);
		break;
	case MULTIADDR_ADDRESS6:
		print_address6(value, text);
		break;
	case MULTIADDR_OCTET:
		snprintf(text, VALUE_TEXT_MAX, "%u", cursor_u8(&cursor));
		break;
	case MULTIADDR_PORT:
		snprintf(text, VALUE_TEXT_MAX, "%u", cursor_be16(&cursor));
		break;
	case MULTIADDR_NAME:
		snprintf(text, VALUE_TEXT_MAX, "%.*s", (int)value.len,
		    (const char *)value.data);
		break;
	case MULTIADDR_PEER:
		if (peer_id_decode(value, &peer) == 0)
			peer_id_print(&peer, text);
		break;
	case MULTIADDR_CERTHASH:
		text[0] = 'u';
		if (multibase_encode('u', value, text + 1, VALUE_TEXT_MAX - 1) <
		    0)
			bug("multiaddr: a certificate hash has no room");
		break;
	}
}

void
multiaddr_print(const struct multiaddr *address, char text[MULTIADDR_TEXT_SIZE])
{
	struct cursor cursor = cursor_over(multiaddr_bytes(address));
	struct multiaddr_component component;
	char value[VALUE_TEXT_MAX];
	size_t len = 0;

	/*
	 * It always fits: of what a component can be, ip6 grows most, from 17
	 * bytes to 44 characters, and names without value are at most 16.
	 */
	text[0] = '\0';
	while (multiaddr_component_take(&cursor, &component)) {
		print_value(component.protocol->form, component.value, value);
		len += (size_t)snprintf(text + len, MULTIADDR_TEXT_SIZE - len,
		    "/%s%s%s", component.protocol->name,
		    value[0] != '\0' ? "/" : "", value);
		if (len >= MULTIADDR_TEXT_SIZE)
			bug("multiaddr: no room for its text");
	}
}

/* --- TCP sockets */

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

/* A socket address of either family. */
union endpoint {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
	struct sockaddr_storage storage;
};

static in_port_t *
endpoint_open(const struct multiaddr *from, union endpoint *ret)
{
	struct peer_id none;
	socklen_t len;

	if (multiaddr_to_sockaddr(from, &ret->storage, &len, &none) < 0)
		return NULL;
	return ret->any.sa_family == AF_INET6 ? &ret->ip6.sin6_port
					      : &ret->ip4.sin_port;
}

uint16_t
multiaddr_port(const struct multiaddr *address)
{
	union endpoint endpoint;
	const in_port_t *port = endpoint_open(address, &endpoint);

	return port != NULL ? ntohs(*port) : 0;
}

int
multiaddr_with_port(
    const struct multiaddr *address, uint16_t port, struct multiaddr *ret)
{
	union endpoint endpoint;
	in_port_t *its = endpoint_open(address, &endpoint);

	if (its == NULL)
		return -EPROTONOSUPPORT;
	*its = htons(port);
	return multiaddr_of_sockaddr(&endpoint.any, ret);
}
