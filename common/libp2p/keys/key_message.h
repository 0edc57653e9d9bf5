/*
 * key_message: the protobuf around keys, { Type = 1, Data = 2 } (peer-ids
 * specification, "Keys"). Read by hand: its bytes are hashed and signed, so
 * only one form is valid, and private keys must not be copied.
 */
#ifndef COMMON_LIBP2P_KEYS_KEY_MESSAGE_H
#define COMMON_LIBP2P_KEYS_KEY_MESSAGE_H

#include "common/base/bytes.h"

enum key_type {
	KEY_RSA = 0,
	KEY_ED25519 = 1,
	KEY_SECP256K1 = 2,
	KEY_ECDSA = 3,
};

struct key_message {
	uint64_t type;
	struct bytes data; /* borrowed from the input */
};

/* Each field exactly once, in any order, and nothing else. 0 or -EINVAL. */
int key_message_decode(struct bytes, struct key_message *ret);

#endif
