/* load_identity: who a host of a benchmark is: made anew each time. */
#ifndef TESTS_BENCH_LOAD_IDENTITY_H
#define TESTS_BENCH_LOAD_IDENTITY_H

#include <string.h>

#include "common/base/fault.h"
#include "common/libp2p/keys/identity_key.h"
#include "common/libp2p/noise/noise.h"

static inline void
load_identity(struct noise_identity *identity, struct peer_id *ret)
{
	size_t prefix = strlen(NOISE_SIGNATURE_PREFIX);
	struct identity_key key;
	uint8_t message[64];

	identity_key_make(&key);
	if (noise_identity_make_static(identity) < 0)
		die("no static key");
	memcpy(identity->identity_key, key.public_protobuf,
	    sizeof(key.public_protobuf));
	identity->identity_key_len = sizeof(key.public_protobuf);
	memcpy(message, NOISE_SIGNATURE_PREFIX, prefix);
	memcpy(message + prefix, identity->static_public, NOISE_KEY_SIZE);
	identity->signature_len = IDENTITY_SIGNATURE_SIZE;
	if (identity_key_sign(&key,
		(struct bytes){ message, prefix + NOISE_KEY_SIZE },
		identity->signature) < 0 ||
	    peer_id_of_public_key((struct bytes){ key.public_protobuf,
				      sizeof(key.public_protobuf) },
		ret) < 0)
		die("no identity");
}

#endif
