/*
 * multiaddr: self-describing network addresses (multiaddr specification and the
 * protocols table). Parses the registered protocols of the table in
 * multiaddr_protocol.c; converts those over TCP to socket addresses. An address
 * with an unknown code is malformed: its length cannot be known.
 */
#ifndef COMMON_LIBP2P_MULTIFORMATS_MULTIADDR_H
#define COMMON_LIBP2P_MULTIFORMATS_MULTIADDR_H

#include <sys/socket.h>

#include "common/base/bytes.h"
#include "common/libp2p/multiformats/peer_id.h"

enum {
	MULTIADDR_MAX = 256,       /* bytes of one address; longer is refused */
	MULTIADDR_TEXT_SIZE = 768, /* its text and the NUL */
	MULTIADDR_COMPONENTS_MAX = 16,
};

struct multiaddr {
	uint16_t len;
	uint8_t data[MULTIADDR_MAX];
};

bool multiaddr_equal(const struct multiaddr *, const struct multiaddr *);
struct bytes multiaddr_bytes(const struct multiaddr *);

/* Check and copy the binary form. 0 or -EINVAL. */
int multiaddr_decode(struct bytes, struct multiaddr *ret);

/* From and to the text form. 0 or -EINVAL. */
int multiaddr_parse(const char *text, struct multiaddr *ret);
void multiaddr_print(const struct multiaddr *, char text[MULTIADDR_TEXT_SIZE]);

/*
 * The socket address of /ip4|ip6/.../tcp/N, with or without /p2p/ID (then
 * *ret_peer is it, else its len is 0) and with or without a leading
 * /ip6zone. 0, or -EPROTONOSUPPORT for anything else.
 */
int multiaddr_to_sockaddr(const struct multiaddr *, struct sockaddr_storage *,
    socklen_t *len, struct peer_id *ret_peer);

/* /ip4|ip6/.../tcp/N of an AF_INET or AF_INET6 address; v4-mapped becomes
 * ip4. 0 or -EAFNOSUPPORT. */
int multiaddr_of_sockaddr(const struct sockaddr *, struct multiaddr *ret);

/* The TCP port of /ip4|ip6/.../tcp/N; 0 for anything else. And the same IP
 * address with another port: 0 or -EPROTONOSUPPORT. */
uint16_t multiaddr_port(const struct multiaddr *);
int multiaddr_with_port(
    const struct multiaddr *, uint16_t port, struct multiaddr *ret);

/* Append /p2p/ID. 0 or -ENOBUFS. */
int multiaddr_append_peer(struct multiaddr *, const struct peer_id *);

/*
 * RELAY/p2p/ID/p2p-circuit, a place at a relay. Is it one? Then *ret_relay gets
 * the relay's own address, and *ret_id its id.
 */
bool multiaddr_is_circuit(const struct multiaddr *);
bool multiaddr_take_circuit(const struct multiaddr *,
    struct multiaddr *ret_relay, struct peer_id *ret_id);

/* The place at the relay id whose address is relay. 0 or -ENOBUFS. */
int multiaddr_make_circuit(const struct multiaddr *relay,
    const struct peer_id *id, struct multiaddr *ret);

/* The last /p2p/ID, if the address ends in one; it is cut off. */
bool multiaddr_take_peer(struct multiaddr *, struct peer_id *ret);

#endif
