/* hex: lower-case hexadecimal text of bytes, and back. */
#ifndef COMMON_BASE_HEX_H
#define COMMON_BASE_HEX_H

#include "common/base/bytes.h"

/* Two digits a byte and a NUL into text, which has 2 * len + 1 of room. */
void hex_print(struct bytes, char *text);

/* Exactly len bytes from exactly 2 * len digits of either case. 0 or -EINVAL */
int hex_parse(const char *text, uint8_t *ret, size_t len);

#endif
