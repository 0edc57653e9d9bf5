/*
 * peer_id: the identity of a peer: the multihash of its public key (libp2p
 * peer-ids specification). Compared by its bytes, never by a text form.
 */
#ifndef COMMON_LIBP2P_MULTIFORMATS_PEER_ID_H
#define COMMON_LIBP2P_MULTIFORMATS_PEER_ID_H

#include "common/base/bytes.h"

enum {
	PEER_ID_MAX = 42 + 2,     /* identity multihash of a 42 byte key */
	PEER_ID_TEXT_SIZE = 64,   /* base58btc and its NUL */
	PEER_ID_BASE36_SIZE = 80, /* CIDv1 in base36 and its NUL */
	PEER_ID_INPUT_MAX = 128,  /* longer texts are refused unread */
};

/* Unused bytes are zero, so that the struct can be a hash key as it is. */
struct peer_id {
	uint8_t len;
	uint8_t data[PEER_ID_MAX];
};

bool peer_id_equal(const struct peer_id *, const struct peer_id *);

/* The multihash bytes; borrows the id. */
struct bytes peer_id_bytes(const struct peer_id *);

/* Raw multihash: identity of at most 42 bytes, or sha2-256. 0 or -EINVAL. */
int peer_id_decode(struct bytes multihash, struct peer_id *ret);

/* base58btc, or CIDv1 with codec libp2p-key in any multibase (peer-ids
 * specification, "String representation"). 0 or -EINVAL. */
int peer_id_parse(const char *text, struct peer_id *ret);

/* base58btc, as shown to people. */
void peer_id_print(const struct peer_id *, char text[PEER_ID_TEXT_SIZE]);

/* CIDv1 in base36: lower case, fits a DNS label. */
void peer_id_print_base36(
    const struct peer_id *, char text[PEER_ID_BASE36_SIZE]);

/* The id of a serialized PublicKey protobuf. 0 or -EINVAL. */
int peer_id_of_public_key(struct bytes key_protobuf, struct peer_id *ret);

/* The PublicKey protobuf inside an identity multihash; false if hashed. */
bool peer_id_inline_key(const struct peer_id *, struct bytes *ret);

#endif
