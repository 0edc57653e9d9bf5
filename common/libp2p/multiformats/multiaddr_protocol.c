#include "common/libp2p/multiformats/multiaddr_protocol.h"

#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/libp2p/multiformats/uvarint.h"

/*
 * The multiaddr protocols table without those that are not reached over TCP or
 * have a text form of their own (unix, onion, garlic, memory, http-path).
 */
/* clang-format off */
static const struct multiaddr_protocol protocols[] = {
	{ MULTIADDR_IP4,     "ip4",                 MULTIADDR_ADDRESS4 },
	{ MULTIADDR_TCP,     "tcp",                 MULTIADDR_PORT },
	{ 33,                "dccp",                MULTIADDR_PORT },
	{ MULTIADDR_IP6,     "ip6",                 MULTIADDR_ADDRESS6 },
	{ MULTIADDR_IP6ZONE, "ip6zone",             MULTIADDR_NAME },
	{ 43,                "ipcidr",              MULTIADDR_OCTET },
	{ 53,                "dns",                 MULTIADDR_NAME },
	{ 54,                "dns4",                MULTIADDR_NAME },
	{ 55,                "dns6",                MULTIADDR_NAME },
	{ 56,                "dnsaddr",             MULTIADDR_NAME },
	{ 132,               "sctp",                MULTIADDR_PORT },
	{ 273,               "udp",                 MULTIADDR_PORT },
	{ 275,               "p2p-webrtc-star",     MULTIADDR_NOTHING },
	{ 276,               "p2p-webrtc-direct",   MULTIADDR_NOTHING },
	{ 277,               "p2p-stardust",        MULTIADDR_NOTHING },
	{ 280,               "webrtc-direct",       MULTIADDR_NOTHING },
	{ 281,               "webrtc",              MULTIADDR_NOTHING },
	{ 290,               "p2p-circuit",         MULTIADDR_NOTHING },
	{ 301,               "udt",                 MULTIADDR_NOTHING },
	{ 302,               "utp",                 MULTIADDR_NOTHING },
	{ MULTIADDR_P2P,     "p2p",                 MULTIADDR_PEER },
	{ 443,               "https",               MULTIADDR_NOTHING },
	{ 448,               "tls",                 MULTIADDR_NOTHING },
	{ 449,               "sni",                 MULTIADDR_NAME },
	{ 454,               "noise",               MULTIADDR_NOTHING },
	{ 460,               "quic",                MULTIADDR_NOTHING },
	{ 461,               "quic-v1",             MULTIADDR_NOTHING },
	{ 465,               "webtransport",        MULTIADDR_NOTHING },
	{ 466,               "certhash",            MULTIADDR_CERTHASH },
	{ 477,               "ws",                  MULTIADDR_NOTHING },
	{ 478,               "wss",                 MULTIADDR_NOTHING },
	{ 479,               "p2p-websocket-star",  MULTIADDR_NOTHING },
	{ 480,               "http",                MULTIADDR_NOTHING },
};
/* clang-format on */

enum { PROTOCOLS = ARRAY_SIZE(protocols) };

const struct multiaddr_protocol *
multiaddr_protocol_by_code(uint64_t code)
{
	size_t i;

	for (i = 0; i < PROTOCOLS; i++)
		if (protocols[i].code == code)
			return &protocols[i];
	return NULL;
}

const struct multiaddr_protocol *
multiaddr_protocol_by_name(struct bytes name)
{
	size_t i;

	if (bytes_equal(name, bytes_of("ipfs"))) /* its old name */
		return multiaddr_protocol_by_code(MULTIADDR_P2P);
	for (i = 0; i < PROTOCOLS; i++)
		if (bytes_equal(name, bytes_of(protocols[i].name)))
			return &protocols[i];
	return NULL;
}

static bool
is_name(struct bytes value)
{
	size_t i;

	for (i = 0; i < value.len; i++)
		if (value.data[i] <= ' ' || value.data[i] > '~' ||
		    value.data[i] == '/')
			return false;
	return value.len > 0;
}

static bool
is_multihash(struct bytes value)
{
	struct cursor cursor = cursor_over(value);
	uint64_t len;

	uvarint_take(&cursor);
	len = uvarint_take(&cursor);
	cursor_take(&cursor, len);
	return cursor_done(&cursor);
}

bool
multiaddr_value_is_good(enum multiaddr_form form, struct bytes value)
{
	struct peer_id peer;

	switch (form) {
	case MULTIADDR_NAME:
		return is_name(value);
	case MULTIADDR_PEER:
		return peer_id_decode(value, &peer) == 0;
	case MULTIADDR_CERTHASH:
		return is_multihash(value);
	case MULTIADDR_NOTHING:
	case MULTIADDR_ADDRESS4:
	case MULTIADDR_ADDRESS6:
	case MULTIADDR_OCTET:
	case MULTIADDR_PORT:
		return true;
	}
	return false;
}

static bool
has_length(enum multiaddr_form form)
{
	return form == MULTIADDR_NAME || form == MULTIADDR_PEER ||
	       form == MULTIADDR_CERTHASH;
}

/* Bytes of a value that has no length before it. */
static size_t
fixed_size(enum multiaddr_form form)
{
	switch (form) {
	case MULTIADDR_ADDRESS4:
		return 4;
	case MULTIADDR_ADDRESS6:
		return 16;
	case MULTIADDR_OCTET:
		return 1;
	case MULTIADDR_PORT:
		return 2;
	default:
		return 0;
	}
}

bool
multiaddr_component_take(struct cursor *cursor, struct multiaddr_component *ret)
{
	const struct multiaddr_protocol *protocol;
	const uint8_t *start = cursor->at;
	uint64_t len;

	if (cursor_rest(cursor).len == 0)
		return false;
	protocol = multiaddr_protocol_by_code(uvarint_take(cursor));
	if (protocol == NULL) { /* the length of its value is unknown */
		cursor->failed = true;
		return false;
	}
	len = has_length(protocol->form) ? uvarint_take(cursor)
					 : fixed_size(protocol->form);
	*ret = (struct multiaddr_component){ protocol, start,
		cursor_take(cursor, len) };
	if (!cursor->failed &&
	    !multiaddr_value_is_good(protocol->form, ret->value))
		cursor->failed = true;
	return !cursor->failed;
}

int
multiaddr_component_append(struct multiaddr *address,
    const struct multiaddr_protocol *protocol, struct bytes value)
{
	uint8_t head[2 * UVARINT_SIZE_MAX];
	size_t len = uvarint_encode(protocol->code, head);

	if (has_length(protocol->form))
		len += uvarint_encode(value.len, head + len);
	if (len + value.len > (size_t)(MULTIADDR_MAX - address->len))
		return -ENOBUFS;
	memcpy(address->data + address->len, head, len);
	if (value.len > 0)
		memcpy(
		    address->data + address->len + len, value.data, value.len);
	address->len = (uint16_t)(address->len + len + value.len);
	return 0;
}
