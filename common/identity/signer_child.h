/*
 * signer_child: the signer's side of the socketpair. A request is a message
 * with its length before it (4 bytes, big-endian); each gets one answer.
 */
#ifndef COMMON_IDENTITY_SIGNER_CHILD_H
#define COMMON_IDENTITY_SIGNER_CHILD_H

#include "common/libp2p/keys/identity_key.h"
#include "common/identity/signer_rules.h"

enum signer_outcome {
	SIGNER_SIGNED = 0,
	SIGNER_REFUSED = 1, /* no known prefix, or too long */
	SIGNER_LIMITED = 2, /* over the rate limit */
	SIGNER_FAILED = 3,
};

struct signer_answer {
	uint8_t outcome;
	uint8_t signature[IDENTITY_SIGNATURE_SIZE];
};

/* Enter the sandbox and answer until the other end closes. The exit status. */
int signer_child_serve(int fd, const struct identity_key *);

#endif
