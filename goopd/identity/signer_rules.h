/*
 * signer_rules: what the identity key may sign. Every protocol that signs
 * starts its message with a prefix of its own; whatever starts otherwise is
 * refused, so that a taken-over goopd cannot have arbitrary bytes signed.
 */
#ifndef GOOPD_IDENTITY_SIGNER_RULES_H
#define GOOPD_IDENTITY_SIGNER_RULES_H

#include "common/base/bytes.h"

enum { SIGNER_MESSAGE_MAX = 320 * 1024 }; /* a pubsub message and its frame */

bool signer_rules_allow(struct bytes message);

/* Is it the proof of a presence message: all that siblings may have signed? */
bool signer_rules_is_presence(struct bytes message);

#endif
