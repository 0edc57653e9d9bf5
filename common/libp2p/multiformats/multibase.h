/*
 * multibase: bytes as text in the alphabets of the multibase table without
 * padding. A code names the alphabet: 'z' is base58btc, 'k' base36 in lower
 * case, 'b' base32 in lower case, 'u' base64url, 'f' base16.
 */
#ifndef COMMON_LIBP2P_MULTIFORMATS_MULTIBASE_H
#define COMMON_LIBP2P_MULTIFORMATS_MULTIBASE_H

#include "common/base/bytes.h"

enum { MULTIBASE_BYTES_MAX = 256 }; /* more are neither written nor read */

/*
 * Write bytes and a NUL into text, which has size of room; without the code
 * in front. 0, -ENOBUFS, or -EINVAL for a code that the table does not have.
 */
int multibase_encode(char code, struct bytes, char *text, size_t size);

/*
 * Read text that has no code in front into ret, which has size of room. 0, or
 * -EINVAL: a foreign character, bits left over, more than fits, unknown code.
 */
int multibase_decode(
    char code, struct bytes text, uint8_t *ret, size_t size, size_t *ret_len);

#endif
