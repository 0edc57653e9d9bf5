/*
 * noise_payload: the payload of each side in the handshake (libp2p noise
 * specification): its identity key, a signature that binds it to the static
 * key, and the muxers it speaks.
 */
#ifndef COMMON_LIBP2P_NOISE_NOISE_PAYLOAD_H
#define COMMON_LIBP2P_NOISE_NOISE_PAYLOAD_H

#include "common/libp2p/noise/noise.h"

enum {
	NOISE_PAYLOAD_MAX = 2048,   /* of ours */
	NOISE_PAYLOAD_MUXERS = 100, /* a longer list is ignored, as in go */
	NOISE_PAYLOAD_FORGED = 1,   /* outcome: the signature does not verify */
};

/* Our payload. The caller keeps within NOISE_PAYLOAD_MAX. */
size_t noise_payload_encode(const struct noise_identity *,
    const char *const *muxers, size_t count, uint8_t out[NOISE_PAYLOAD_MAX]);

/* Which of our muxers the two sides will use. */
struct noise_choice {
	const char *const *muxers; /* ours; borrowed */
	size_t count;
	bool is_initiator;  /* the initiator's order decides */
	const char *chosen; /* filled in: one of ours, or NULL */
	bool is_hopeless;   /* filled in: both offered, none in common */
};

/*
 * Check the remote's payload, which came with its static key; gives its peer id
 * and the muxer. 0; -EBADMSG if it is malformed; NOISE_PAYLOAD_FORGED.
 */
int noise_payload_check(struct bytes payload,
    const uint8_t remote_static[NOISE_KEY_SIZE], struct noise_choice *,
    struct peer_id *ret);

#endif
