/*
 * noise: the libp2p secure channel, Noise_XX_25519_ChaChaPoly_SHA256 (Noise
 * revision 34; libp2p noise specification). Bytes in, bytes out. It does not
 * need the identity key: the caller supplies a signature over the static key,
 * made once with that key.
 */
#ifndef COMMON_LIBP2P_NOISE_NOISE_H
#define COMMON_LIBP2P_NOISE_NOISE_H

#include <sys/types.h>

#include "common/base/buffer.h"
#include "common/libp2p/multiformats/peer_id.h"

enum {
	NOISE_KEY_SIZE = 32,
	NOISE_TAG_SIZE = 16,
	NOISE_FRAME_MAX = 65535, /* after the length */
	NOISE_PLAINTEXT_MAX = NOISE_FRAME_MAX - NOISE_TAG_SIZE,
	NOISE_OVERHEAD = 2 + NOISE_TAG_SIZE,
	NOISE_HANDSHAKE_FRAME_MAX = 4096, /* ours; RSA fits */
};

/* Shared by all connections of the process. */
struct noise_identity {
	uint8_t static_secret[NOISE_KEY_SIZE];
	uint8_t static_public[NOISE_KEY_SIZE];
	uint8_t identity_key[64]; /* PublicKey protobuf */
	size_t identity_key_len;
	uint8_t
	    signature[128]; /* over NOISE_SIGNATURE_PREFIX + static_public */
	size_t signature_len;
};
#define NOISE_SIGNATURE_PREFIX "noise-libp2p-static-key:"

/* Generate the static key pair; the caller fills in identity and signature. */
int noise_identity_make_static(struct noise_identity *); /* 0 or -EIO */
void noise_identity_wipe(struct noise_identity *);

enum noise_state {
	NOISE_HANDSHAKE,
	NOISE_ESTABLISHED,
	NOISE_FAILED, /* see noise_reason() */
};

struct noise;

/*
 * A new handshake. identity is borrowed for the life of the machine, which
 * offers muxers (count may be 0) in its payload. expected, if not NULL, is the
 * peer that must answer. The initiator's first message is ready at once.
 */
struct noise *noise_new(bool is_initiator, const struct noise_identity *,
    const struct peer_id *expected, const char *const *muxers, size_t count);
void noise_free(struct noise *); /* wipes all keys; NULL is fine */

enum noise_state noise_state(const struct noise *);
const char *noise_reason(const struct noise *); /* static text once FAILED */

/* Handshake: use up to all of input; returns how many bytes were used (never
 * one beyond the last handshake message). */
size_t noise_receive(struct noise *, struct bytes input);

/* Handshake bytes to send; the caller consumes them. */
struct buffer *noise_output(struct noise *);

/* Once established: the remote's id, and the muxer that both offered (the first
 * of the initiator's list), or NULL if the remote offered none. If both offered
 * and none matches, the handshake FAILED. */
const struct peer_id *noise_remote(const struct noise *);
const char *noise_muxer(const struct noise *);

/*
 * Seal at most NOISE_PLAINTEXT_MAX bytes into out, which has room for
 * NOISE_OVERHEAD more: 2 bytes of length, ciphertext, tag. plaintext may not
 * overlap out. Returns the bytes written, or -EIO / -EOVERFLOW.
 */
ssize_t noise_seal(struct noise *, struct bytes plaintext, uint8_t *out);

/*
 * Open the first frame of input. Returns bytes used of input, with the
 * plaintext (maybe empty) in out, which has NOISE_PLAINTEXT_MAX of room, and
 * its length in *ret_len; 0 if the frame is not whole yet; -EBADMSG if it is
 * forged or too short.
 */
ssize_t noise_open(
    struct noise *, struct bytes input, uint8_t *out, size_t *ret_len);

/* For test vectors: replace the random ephemeral key. Before the first
 * message. */
void noise_test_set_ephemeral(
    struct noise *, const uint8_t secret[NOISE_KEY_SIZE]);

#endif
