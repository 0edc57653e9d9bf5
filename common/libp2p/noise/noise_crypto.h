/*
 * noise_crypto: the functions that 25519, ChaChaPoly and SHA256 stand for in
 * the name of the Noise suite (Noise revision 34, sections 4 and 12).
 */
#ifndef COMMON_LIBP2P_NOISE_NOISE_CRYPTO_H
#define COMMON_LIBP2P_NOISE_NOISE_CRYPTO_H

#include <sys/types.h>

#include <openssl/evp.h>

#include "common/base/bytes.h"

enum {
	NOISE_HASH_SIZE = 32,
	NOISE_DH_SIZE = 32,
	NOISE_CIPHER_TAG_SIZE = 16,
};

/* The public key of secret. 0 or -EIO. */
int noise_dh_public(
    const uint8_t secret[NOISE_DH_SIZE], uint8_t ret[NOISE_DH_SIZE]);

/* The shared secret. 0, or -EBADMSG if it would be zero (low order). */
int noise_dh(const uint8_t secret[NOISE_DH_SIZE],
    const uint8_t public[NOISE_DH_SIZE], uint8_t ret[NOISE_DH_SIZE]);

/* hash = SHA-256(hash || data). 0 or -EIO. */
int noise_mix_hash(uint8_t hash[NOISE_HASH_SIZE], struct bytes data);

/* Two keys from a chaining key and input that may be empty. 0 or -EIO. */
int noise_hkdf(const uint8_t chaining_key[NOISE_HASH_SIZE], struct bytes input,
    uint8_t first[NOISE_HASH_SIZE], uint8_t second[NOISE_HASH_SIZE]);

/* One direction: its key lives in the library's context, set up once. */
struct noise_cipher {
	EVP_CIPHER_CTX *context; /* NULL while there is no key */
	uint64_t nonce;          /* of the next message */
};

/* Start over with a key. 0 or -EIO. */
int noise_cipher_set_key(struct noise_cipher *,
    const uint8_t key[NOISE_HASH_SIZE], bool for_sealing);
void noise_cipher_fini(struct noise_cipher *); /* wipes the key */

/* Ciphertext and tag into out, in one pass. Returns the bytes written, or
 * -EIO; -EOVERFLOW once the nonces are used up. */
ssize_t noise_cipher_seal(struct noise_cipher *, struct bytes associated,
    struct bytes plaintext, uint8_t *out);

/* Plaintext into out; returns its length, or -EBADMSG with out wiped. */
ssize_t noise_cipher_open(struct noise_cipher *, struct bytes associated,
    struct bytes sealed, uint8_t *out);

#endif
