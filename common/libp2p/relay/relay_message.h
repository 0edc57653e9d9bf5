/*
 * relay_message: the messages of circuit relay v2 (libp2p circuit-v2
 * specification), between a client and a relay (hop) and between a relay and
 * the target of a circuit (stop). Each is preceded by its length. A
 * reservation's voucher, a proof for third parties, is neither made nor read.
 */
#ifndef COMMON_LIBP2P_RELAY_RELAY_MESSAGE_H
#define COMMON_LIBP2P_RELAY_RELAY_MESSAGE_H

#include "common/base/buffer.h"
#include "common/libp2p/multiformats/multiaddr.h"

#define RELAY_PROTOCOL_HOP  "/libp2p/circuit/relay/0.2.0/hop"
#define RELAY_PROTOCOL_STOP "/libp2p/circuit/relay/0.2.0/stop"

enum {
	RELAY_MESSAGE_MAX = 4096,
	RELAY_ADDRESSES_MAX =
	    8, /* of a reservation; further ones are ignored */
	RELAY_MORE = 1,
};

enum relay_kind { RELAY_HOP, RELAY_STOP };

enum relay_type { RELAY_RESERVE, RELAY_CONNECT, RELAY_STATUS };

/* X(name, number, what it means to the client that asked) */
#define RELAY_STATUSES(X) \
	X(OK, 100, "granted") \
	X(RESERVATION_REFUSED, 200, "the relay refuses a reservation") \
	X(RESOURCE_LIMIT_EXCEEDED, 201, "the relay has no place left") \
	X(PERMISSION_DENIED, 202, "the relay does not serve this peer") \
	X(CONNECTION_FAILED, 203, "the relay does not reach the peer") \
	X(NO_RESERVATION, 204, "the peer is not at this relay") \
	X(MALFORMED_MESSAGE, 400, "the relay does not understand the request") \
	X(UNEXPECTED_MESSAGE, 401, "the relay did not expect the request")
enum relay_status {
#define RELAY_STATUS_ENUM(name, number, text) RELAY_##name = number,
	RELAY_STATUSES(RELAY_STATUS_ENUM)
};

struct relay_message {
	enum relay_type type;
	struct peer_id peer; /* len 0: none; CONNECT: target (hop), source */
	unsigned int status; /* 0: none; also one that is not in the list */
	uint64_t expire;     /* of a reservation, wall clock, s; 0: none */
	struct multiaddr addresses[RELAY_ADDRESSES_MAX]; /* of it */
	size_t address_count;
	bool has_limit;
	uint32_t limit_s;     /* 0: no limit of time */
	uint64_t limit_bytes; /* in each direction; 0: no limit */
};

/* Append the message. 0 or -ENOBUFS. */
int relay_message_encode(
    enum relay_kind, const struct relay_message *, struct buffer *to);

/*
 * The first message of input; *ret_len is how many bytes it took. Addresses
 * that are malformed are dropped. 0; RELAY_MORE; -EINVAL; -EMSGSIZE.
 */
int relay_message_decode(enum relay_kind, struct bytes input,
    struct relay_message *ret, size_t *ret_len);

/* What a status means, for the client; never NULL. */
const char *relay_status_text(unsigned int status);

#endif
