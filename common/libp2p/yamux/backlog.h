/*
 * backlog: received bytes of a stream that its handler has not used yet, first
 * in, first out, contiguous. In a transfer whose reader is scheduled late it
 * fills and empties all the time, so the memory of one large backlog is kept
 * for the next until a stream ends. It holds what a peer sent, no secret of
 * ours: nothing is wiped.
 */
#ifndef COMMON_LIBP2P_YAMUX_BACKLOG_H
#define COMMON_LIBP2P_YAMUX_BACKLOG_H

#include "common/base/bytes.h"

enum {
	BACKLOG_SMALL = 4 * 1024,            /* not worth keeping */
	BACKLOG_SPARE_MAX = 2 * 1024 * 1024, /* larger ones are not kept */
};

/* All zero is empty, and holds no memory. */
struct backlog {
	uint8_t *memory;
	size_t start; /* where the waiting bytes begin */
	size_t len;   /* how many wait */
	size_t capacity;
};

/* Copy bytes to the end; the caller limits how much may wait. */
void backlog_append(struct backlog *, struct bytes);

/* What waits; borrowed until the next call. */
struct bytes backlog_bytes(const struct backlog *);

/* Drop len bytes, at most what waits, from the front. */
void backlog_consume(struct backlog *, size_t len);

/* Give back what is kept for the next. */
void backlog_release(void);

#endif
