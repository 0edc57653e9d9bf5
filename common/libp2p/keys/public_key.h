/*
 * public_key: verifies signatures of peers' identity keys (peer-ids
 * specification, "Key Types"): Ed25519, RSA, Secp256k1, ECDSA.
 */
#ifndef COMMON_LIBP2P_KEYS_PUBLIC_KEY_H
#define COMMON_LIBP2P_KEYS_PUBLIC_KEY_H

#include "common/base/bytes.h"

/*
 * Does signature over message verify under the serialized PublicKey protobuf?
 * False also for an unknown type, a malformed key, RSA outside 2048..8192.
 */
bool public_key_verify(
    struct bytes key_protobuf, struct bytes message, struct bytes signature);

#endif
