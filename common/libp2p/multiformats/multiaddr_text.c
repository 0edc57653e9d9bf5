/* The text form of multiaddrs: /name/value/... */
#include "common/libp2p/multiformats/multiaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/text.h"
#include "common/libp2p/multiformats/multiaddr_protocol.h"
#include "common/libp2p/multiformats/multibase.h"

enum { VALUE_TEXT_MAX = MULTIADDR_TEXT_SIZE };

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
