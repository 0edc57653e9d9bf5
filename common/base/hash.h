/*
 * hash: uthash with a secret seed, so that a remote peer that chooses keys
 * cannot choose collisions. Include this, never <uthash.h>.
 */
#ifndef COMMON_BASE_HASH_H
#define COMMON_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-1-3 of the key under a key drawn at start. */
unsigned int hash_seeded(const void *key, size_t len);

#define HASH_FUNCTION(key, len, value) ((value) = hash_seeded((key), (len)))
#define uthash_fatal(message)          bug("hash table: %s", message)

#include "common/base/fault.h"

#include <uthash.h>

#endif
