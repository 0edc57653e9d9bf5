/*
 * signer_rules: what the identity key may sign. Every protocol that signs has
 * its own prefix for messages; other messages are refused, so that a
 * compromised goopd cannot have arbitrary bytes signed.
 */
#ifndef COMMON_IDENTITY_SIGNER_RULES_H
#define COMMON_IDENTITY_SIGNER_RULES_H

#include "common/base/bytes.h"

/* At most so many messages. */
enum { SIGNER_PER_MINUTE = 120, SIGNER_BURST = 60 };

enum { SIGNER_MESSAGE_MAX = 320 * 1024 }; /* a pubsub message and its frame */

bool signer_rules_allow(struct bytes message);

/* Is it the proof of a presence message? Other daemons may have only that
 * signed. */
bool signer_rules_is_presence(struct bytes message);

#endif
