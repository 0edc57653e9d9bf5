/*
 * identity_key: our own Ed25519 key and its file form, the PrivateKey protobuf
 * (peer-ids specification, "Keys"). Only the signer holds one.
 */
#ifndef COMMON_LIBP2P_KEYS_IDENTITY_KEY_H
#define COMMON_LIBP2P_KEYS_IDENTITY_KEY_H

#include "common/base/bytes.h"

enum {
	IDENTITY_SEED_SIZE = 32,
	IDENTITY_SIGNATURE_SIZE = 64,
	IDENTITY_PUBLIC_PROTOBUF_SIZE = 36, /* 08 01 12 20 and the key */
	IDENTITY_FILE_SIZE = 68,            /* 08 01 12 40, seed, public key */
};

struct identity_key {
	uint8_t seed[IDENTITY_SEED_SIZE];
	uint8_t public_protobuf[IDENTITY_PUBLIC_PROTOBUF_SIZE];
};

/* A new random key. */
void identity_key_make(struct identity_key *ret);

/*
 * Decode a key file; also the old 96-byte form, fields in any order. The
 * public half must belong to the seed. 0, or -EINVAL with *reason set to a
 * static sentence.
 */
int identity_key_decode(
    struct bytes file, struct identity_key *ret, const char **reason);

void identity_key_encode(
    const struct identity_key *, uint8_t file[IDENTITY_FILE_SIZE]);

/* 0, or -EIO if the library fails. */
int identity_key_sign(const struct identity_key *, struct bytes message,
    uint8_t signature[IDENTITY_SIGNATURE_SIZE]);

void identity_key_wipe(struct identity_key *);

#endif
