/* base64: RFC 4648, section 4; with padding or without. */
#ifndef COMMON_BASE_BASE64_H
#define COMMON_BASE_BASE64_H

#include "common/base/bytes.h"

/* Characters that len bytes take with padding, and a NUL. */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/* Into text, which has BASE64_SIZE(len) of room. */
void base64_print(struct bytes, char *text);
void base64_print_unpadded(struct bytes, char *text);

/*
 * At most size bytes from text, padded or not, and nothing else: no space, no
 * stray bits at the end. 0 with *ret_len, or -EINVAL.
 */
int base64_parse(struct bytes text, uint8_t *ret, size_t size, size_t *ret_len);

#endif
