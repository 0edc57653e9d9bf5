/*
 * multiaddr_protocol: the table of multiaddr components, and one component in
 * binary form. For the multiaddr sources only.
 */
#ifndef COMMON_LIBP2P_MULTIFORMATS_MULTIADDR_PROTOCOL_H
#define COMMON_LIBP2P_MULTIFORMATS_MULTIADDR_PROTOCOL_H

#include "common/libp2p/multiformats/multiaddr.h"

enum {
	MULTIADDR_IP4 = 4,
	MULTIADDR_TCP = 6,
	MULTIADDR_IP6 = 41,
	MULTIADDR_IP6ZONE = 42,
	MULTIADDR_CIRCUIT = 290,
	MULTIADDR_P2P = 421,
};

/* The form of a value; in binary, names, peers and hashes carry a length. */
enum multiaddr_form {
	MULTIADDR_NOTHING,
	MULTIADDR_ADDRESS4,
	MULTIADDR_ADDRESS6,
	MULTIADDR_OCTET,
	MULTIADDR_PORT,
	MULTIADDR_NAME,     /* printable ASCII without '/' */
	MULTIADDR_PEER,     /* a peer id */
	MULTIADDR_CERTHASH, /* a multihash, as text in multibase */
};

struct multiaddr_protocol {
	uint64_t code;
	const char *name;
	enum multiaddr_form form;
};

const struct multiaddr_protocol *multiaddr_protocol_by_code(uint64_t code);
const struct multiaddr_protocol *multiaddr_protocol_by_name(struct bytes);

struct multiaddr_component {
	const struct multiaddr_protocol *protocol;
	const uint8_t *start; /* of the whole component */
	struct bytes value;   /* without its length */
};

/* Take one component off the front. False at the end; also, with the cursor
 * failed, if it is malformed or unknown. */
bool multiaddr_component_take(struct cursor *, struct multiaddr_component *ret);

/* Append a component whose value is known to be good. 0 or -ENOBUFS. */
int multiaddr_component_append(
    struct multiaddr *, const struct multiaddr_protocol *, struct bytes value);

/* Is this a good value for the form? */
bool multiaddr_value_is_good(enum multiaddr_form, struct bytes);

#endif
