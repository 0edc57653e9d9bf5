/*
 * presence_proof: a peer's signature over its own presence message
 * (docs/rendezvous-1.1.md, "Proofs"): what is signed, its text, and whether it
 * is right. Signing is goopd's. Whether a message was said before is for the
 * caller, which remembers the last ts.
 */
#ifndef COMMON_PRESENCE_PRESENCE_PROOF_H
#define COMMON_PRESENCE_PRESENCE_PROOF_H

#include "common/presence/presence.h"

#define PRESENCE_PROOF_PREFIX "goop-presence:1\n"

enum {
	PRESENCE_SIGNATURE_SIZE = 64,
	PRESENCE_PROOF_SIZE = RENDEZVOUS_PROOF_MAX + 1, /* text and NUL */
	/* All values at their limits, with keys and lengths. */
	PRESENCE_PROOF_BYTES_MAX = 16 * 1024,
	PRESENCE_PROOF_AGE_MS = 120 * 1000, /* older or newer does not count */
};

/* Is this field of presence_server_message signed? */
bool presence_proof_covers(const struct field *);

/* Append the bytes to sign: the values as they are. 0 or -ENOBUFS. */
int presence_proof_bytes(const struct presence *, struct buffer *);

/* The text of a signature; and back: 0 or -EBADMSG. */
void presence_proof_print(const uint8_t signature[PRESENCE_SIGNATURE_SIZE],
    char ret[PRESENCE_PROOF_SIZE]);
int presence_proof_parse(
    const char *text, uint8_t ret[PRESENCE_SIGNATURE_SIZE]);

/* Is ts near enough to the receiver's clock? */
bool presence_proof_is_fresh(int64_t ts_ms, int64_t clock_ms);

enum presence_proof {
	PRESENCE_UNPROVEN, /* there is none */
	PRESENCE_PROVEN,
	PRESENCE_DISPROVEN, /* it is wrong, or the peer id holds no Ed25519 key
			     */
};

/* Costs an Ed25519 verification if there is a proof. The message as it came:
 * before any text was changed. */
enum presence_proof presence_verify(const struct presence *);

#endif
