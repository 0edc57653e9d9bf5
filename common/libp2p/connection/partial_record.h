/*
 * partial_record: the front of a record that has not fully arrived. In a
 * transfer nearly every read ends inside a record, so the memory of one is kept
 * for the next; idle connections hold none. The bytes are ciphertext or public:
 * nothing is wiped.
 */
#ifndef COMMON_LIBP2P_CONNECTION_PARTIAL_RECORD_H
#define COMMON_LIBP2P_CONNECTION_PARTIAL_RECORD_H

#include "common/base/bytes.h"

enum { PARTIAL_MAX = 68 * 1024 }; /* a Noise record and a negotiation frame */

/* All zero is empty. */
struct partial_record {
	uint8_t *memory; /* NULL while empty */
	size_t len;
};

/* Copy bytes to the end. 0, or -ENOBUFS and nothing changed. */
int partial_record_append(struct partial_record *, struct bytes);

/* What waits; borrowed until the next call. */
struct bytes partial_record_bytes(const struct partial_record *);

/* Drop len bytes, at most what waits, from the front. */
void partial_record_consume(struct partial_record *, size_t len);

#endif
