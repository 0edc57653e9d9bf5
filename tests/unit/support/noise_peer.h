/*
 * noise_peer: identities for tests. A seed is one of the bytes 0x11, 0x22 and
 * 0x33, which the keys of the vectors are made of.
 */
#ifndef TESTS_UNIT_SUPPORT_NOISE_PEER_H
#define TESTS_UNIT_SUPPORT_NOISE_PEER_H

#include "common/libp2p/keys/identity_key.h"
#include "common/libp2p/noise/noise.h"

struct identity_key noise_peer_key(uint8_t seed);
struct peer_id noise_peer_id(uint8_t seed);

/* The identity of seed with a static secret of one byte, signed by the key of
 * signer: the same seed, unless a forger is wanted. */
struct noise_identity noise_peer_make(
    uint8_t static_byte, uint8_t seed, uint8_t signer);

#endif
