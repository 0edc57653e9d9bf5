/*
 * resolver_message: what passes between a resolver and its child, one packet
 * each. Pure: a packet of either side is checked as if it came from a stranger.
 *
 * A question is id (4 bytes), then the name. An answer is id, error (4 bytes,
 * EAI_..., 0: found), then rows of family (1 byte: 4 or 6), scope (4 bytes) and
 * address (16 bytes, IPv4 in the first four). Numbers are big-endian.
 */
#ifndef COMMON_RESOLVER_RESOLVER_MESSAGE_H
#define COMMON_RESOLVER_RESOLVER_MESSAGE_H

#include "common/base/bytes.h"

enum {
	RESOLVER_NAME_SIZE = 256, /* with the NUL */
	RESOLVER_ADDRESSES_MAX = 8,
	RESOLVER_QUESTION_MAX = 4 + RESOLVER_NAME_SIZE - 1,
	RESOLVER_ANSWER_MAX = 8 + RESOLVER_ADDRESSES_MAX * 21,
};

struct resolver_address {
	uint8_t family; /* 4 or 6 */
	uint32_t scope; /* index of the interface of a link-local one, or 0 */
	uint8_t bytes[16];
};

/* error is 0 or of getaddrinfo (EAI_...); without an error count is not 0. In
 * the order of the system (RFC 6724). */
struct resolver_answer {
	int error;
	size_t count;
	struct resolver_address at[RESOLVER_ADDRESSES_MAX];
};

/* The length of the packet; name is shorter than RESOLVER_NAME_SIZE. */
size_t resolver_question_encode(
    uint32_t id, const char *name, uint8_t ret[RESOLVER_QUESTION_MAX]);

/* 0, or -EBADMSG: too short or long, or not the printable ASCII of a name. */
int resolver_question_decode(
    struct bytes packet, uint32_t *ret_id, char ret_name[RESOLVER_NAME_SIZE]);

/* The length of the packet. */
size_t resolver_answer_encode(uint32_t id, const struct resolver_answer *,
    uint8_t ret[RESOLVER_ANSWER_MAX]);

/* 0, or -EBADMSG: not whole rows, too many or none, an unknown family. */
int resolver_answer_decode(
    struct bytes packet, uint32_t *ret_id, struct resolver_answer *ret);

#endif
