/*
 * noise_xx: the XX handshake of Noise (revision 34, sections 5 and 7.5): three
 * messages that carry payloads, and two keys at the end. It knows nothing of
 * libp2p: frames, identities and the meaning of payloads belong to noise.c.
 *
 * -> e <- e, ee, s, es -> s, se
 */
#ifndef COMMON_LIBP2P_NOISE_NOISE_XX_H
#define COMMON_LIBP2P_NOISE_NOISE_XX_H

#include "common/base/buffer.h"
#include "common/libp2p/noise/noise_crypto.h"

enum { NOISE_XX_MESSAGES = 3 };

struct noise_xx_pair {
	uint8_t secret[NOISE_DH_SIZE];
	uint8_t public[NOISE_DH_SIZE];
};

struct noise_xx {
	bool is_initiator;
	unsigned int messages; /* written or read so far */
	struct noise_xx_pair statics;
	struct noise_xx_pair ephemeral;
	uint8_t remote_static[NOISE_DH_SIZE];
	uint8_t remote_ephemeral[NOISE_DH_SIZE];
	uint8_t chaining_key[NOISE_HASH_SIZE];
	uint8_t hash[NOISE_HASH_SIZE];
	uint8_t key[NOISE_HASH_SIZE];
	bool has_key;
	uint64_t nonce;
};

/* Keys are copied; the caller generates the ephemeral one. 0 or -EIO. */
int noise_xx_init(struct noise_xx *, bool is_initiator, struct bytes prologue,
    const struct noise_xx_pair *statics,
    const uint8_t ephemeral_secret[NOISE_DH_SIZE]);
void noise_xx_fini(struct noise_xx *); /* wipes */

/* Append the next message to out. 0, -EIO or -ENOBUFS, and it is over. */
int noise_xx_write(struct noise_xx *, struct bytes payload, struct buffer *out);

/* Read the next message; payload has its length of room. 0, or -EBADMSG, and
 * it is over. */
int noise_xx_read(
    struct noise_xx *, struct bytes message, uint8_t *payload, size_t *ret_len);

/* After the last message: the key of each direction. 0 or -EIO. */
int noise_xx_split(struct noise_xx *, uint8_t initiator_key[NOISE_HASH_SIZE],
    uint8_t responder_key[NOISE_HASH_SIZE]);

#endif
