/*
 * autonat1_message: the messages of AutoNAT v1 (libp2p autonat-v1
 * specification), for older nodes: a client asks a server to dial it, and
 * believes its word. Each is preceded by its length.
 */
#ifndef COMMON_LIBP2P_AUTONAT_AUTONAT1_MESSAGE_H
#define COMMON_LIBP2P_AUTONAT_AUTONAT1_MESSAGE_H

#include "common/base/buffer.h"
#include "common/libp2p/multiformats/multiaddr.h"

#define AUTONAT1_PROTOCOL "/libp2p/autonat/1.0.0"

enum {
	AUTONAT1_MESSAGE_MAX = 4096,
	AUTONAT1_ADDRESSES_MAX = 16, /* further ones are ignored */
	AUTONAT1_MORE = 1,           /* outcome: the bytes end too early */
};

enum autonat1_type { AUTONAT1_DIAL = 0, AUTONAT1_DIAL_RESPONSE = 1 };

enum autonat1_status {
	AUTONAT1_OK = 0,
	AUTONAT1_DIAL_ERROR = 100,
	AUTONAT1_DIAL_REFUSED = 101,
	AUTONAT1_BAD_REQUEST = 200,
	AUTONAT1_INTERNAL_ERROR = 300,
};

struct autonat1_message {
	unsigned int type;   /* also one that is not in the list */
	struct peer_id peer; /* DIAL: the client; len 0: none */
	/* DIAL: the client's; DIAL_RESPONSE: that which answered, if OK.
	 * Malformed ones are dropped. */
	struct multiaddr addresses[AUTONAT1_ADDRESSES_MAX];
	size_t address_count;
	unsigned int status; /* DIAL_RESPONSE; as type */
};

/* Append the message. 0 or -ENOBUFS. */
int autonat1_message_encode(const struct autonat1_message *, struct buffer *to);

/* The first message of input; *ret_len is how many bytes it took. 0;
 * AUTONAT1_MORE; -EINVAL; -EMSGSIZE. */
int autonat1_message_decode(
    struct bytes input, struct autonat1_message *ret, size_t *ret_len);

#endif
