/*
 * identify: the message by which a peer describes itself: addresses, protocols,
 * agent (libp2p identify specification). Codec only; a message is preceded by
 * its length. A peer may split it: parts are merged.
 */
#ifndef COMMON_LIBP2P_HOST_IDENTIFY_H
#define COMMON_LIBP2P_HOST_IDENTIFY_H

#include "common/base/buffer.h"
#include "common/libp2p/multiformats/multiaddr.h"

enum {
	IDENTIFY_MESSAGE_MAX = 8192, /* of one part, as go and js */
	IDENTIFY_PARTS_MAX = 10,
	IDENTIFY_ADDRESSES_MAX = 32, /* more are dropped */
	IDENTIFY_PROTOCOLS_MAX = 128,
	IDENTIFY_PROTOCOL_SIZE = 128, /* with its NUL; longer are dropped */
	IDENTIFY_AGENT_SIZE = 128,    /* longer is cut */
	IDENTIFY_KEY_MAX = 1024,      /* RSA of 8192 bits does not fit */
	IDENTIFY_MORE = 1,            /* outcome: the bytes end too early */
};

struct identify {
	uint8_t public_key[IDENTIFY_KEY_MAX]; /* PublicKey protobuf */
	size_t public_key_len;
	struct multiaddr *listen; /* heap */
	size_t listen_count;
	char **protocols; /* heap, each of them too */
	size_t protocol_count;
	struct multiaddr observed; /* len 0: unknown */
	char protocol_version[IDENTIFY_AGENT_SIZE];
	char agent[IDENTIFY_AGENT_SIZE]; /* printable UTF-8 */
};

void identify_init(struct identify *);
void identify_fini(struct identify *);

/* Add what is not there yet, within the limits. */
void identify_add_address(struct identify *, const struct multiaddr *);
void identify_add_protocol(struct identify *, const char *protocol);
bool identify_speaks(const struct identify *, const char *protocol);

/* Append the message with its length. 0 or -ENOBUFS. */
int identify_encode(const struct identify *, struct buffer *to);

/*
 * Merge the first message of input into identify; *ret_len is how many bytes
 * it took. Malformed addresses are dropped one by one. 0; IDENTIFY_MORE;
 * -EINVAL; -EMSGSIZE.
 */
int identify_decode(
    struct bytes input, struct identify *identify, size_t *ret_len);

#endif
