/*
 * uvarint: unsigned variable-length integers (multiformats unsigned-varint):
 * low groups of seven bits first, in the shortest form, at most nine bytes.
 */
#ifndef COMMON_LIBP2P_MULTIFORMATS_UVARINT_H
#define COMMON_LIBP2P_MULTIFORMATS_UVARINT_H

#include "common/base/buffer.h"

enum {
	UVARINT_SIZE_MAX = 9, /* 63 bits */
	UVARINT_MORE = 1,     /* outcome: the bytes end too early */
};

/*
 * The number at the front of the bytes, and how many of them it takes. 0;
 * UVARINT_MORE; or -EINVAL if it is too long or not in the shortest form.
 */
int uvarint_decode(struct bytes, uint64_t *ret, size_t *ret_len);

/* Take a number off the front; a bad one fails the cursor and is 0. */
uint64_t uvarint_take(struct cursor *);

/* Returns the bytes written; value is below 2^63. */
size_t uvarint_encode(uint64_t value, uint8_t to[UVARINT_SIZE_MAX]);

/* Append to a buffer. 0 or -ENOBUFS. */
int uvarint_append(struct buffer *, uint64_t value);

/*
 * A message with its length before it, as most protocols of libp2p frame
 * them: *ret borrows the message, *ret_len is how many bytes it takes with its
 * length. 0; UVARINT_MORE; -EINVAL; -EMSGSIZE if the message is over max.
 */
int uvarint_frame_decode(
    struct bytes, size_t max, struct bytes *ret, size_t *ret_len);

#endif
