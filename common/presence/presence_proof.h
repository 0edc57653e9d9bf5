/*
 * presence_proof: what is signed when a peer proves that a presence message
 * is its own (docs/rendezvous-1.1.md, "Proofs"), and the text of the
 * signature. Signing is goopd's, checking common/presence's: no key comes
 * here.
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
	PRESENCE_PROOF_AGE_MS = 120 * 1000, /* older or newer counts no more */
};

/* Is this field of presence_server_message signed? */
bool presence_proof_covers(const struct field *);

/*
 * Append the bytes to sign; the table of presence_server_message drives them.
 * The values are taken as they are: sign what is sent. 0 or -ENOBUFS.
 */
int presence_proof_bytes(const struct presence *, struct buffer *);

/* The text of a signature. */
void presence_proof_print(const uint8_t signature[PRESENCE_SIGNATURE_SIZE],
    char ret[PRESENCE_PROOF_SIZE]);

/* From its text. 0 or -EBADMSG. */
int presence_proof_parse(
    const char *text, uint8_t ret[PRESENCE_SIGNATURE_SIZE]);

/* Is ts near enough to the receiver's clock? */
bool presence_proof_is_fresh(int64_t ts_ms, int64_t clock_ms);

#endif
