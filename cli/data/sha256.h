/* sha256: the hash of bytes that come in pieces. */
#ifndef CLI_DATA_SHA256_H
#define CLI_DATA_SHA256_H

#include "common/base/bytes.h"

enum { SHA256_SIZE = 32, SHA256_TEXT = 2 * SHA256_SIZE };

struct sha256;

struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *, struct bytes);
/* In lower-case hexadecimal; frees it. */
void sha256_finish(struct sha256 *, char text[SHA256_TEXT + 1]);

#endif
