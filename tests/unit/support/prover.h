/* prover: a peer with a key of its own, that signs what it publishes. */
#ifndef TESTS_UNIT_SUPPORT_PROVER_H
#define TESTS_UNIT_SUPPORT_PROVER_H

#include "common/libp2p/keys/identity_key.h"
#include "common/libp2p/multiformats/peer_id.h"
#include "common/presence/presence.h"

struct prover {
	struct identity_key key;
	char peer_id[PEER_ID_TEXT_SIZE];
};

/* The same for the same seed. */
void prover_init(struct prover *, uint8_t seed);

/* Replace the message's proof. */
void prover_sign(const struct prover *, struct presence *);

/* A message of it with this label and one address, unsigned. */
void prover_say(const struct prover *, const char *type, const char *content,
    int64_t ts_ms, struct presence *ret);

/* As JSON, malloc'd. */
char *prover_json(const struct presence *);

#endif
