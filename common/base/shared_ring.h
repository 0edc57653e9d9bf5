/*
 * shared_ring: bytes from one process of ours to another through memory that
 * both have mapped: each byte is copied once, and the kernel allocates nothing.
 * The writer makes the memory and passes it over a Unix socket to the reader. A
 * byte on the same socket (a bell) signals data or room, and only to a side
 * that waits for it; ringing the bell is the caller's part.
 *
 * The two need not trust each other: the memory is sealed at its size, each
 * side keeps its own position and checks that of the other at each access.
 */
#ifndef COMMON_BASE_SHARED_RING_H
#define COMMON_BASE_SHARED_RING_H

#include <sys/types.h>

#include "common/base/bytes.h"

enum {
	SHARED_RING_SIZE = 1024 * 1024,
	SHARED_RING_STEP = 256 * 1024, /* a bell rings after so many bytes */
	/* A reader's byte: it asks for a ring of this layout. Another layout
	 * gets another letter, so that daemons of two versions go without. */
	SHARED_RING_WISH = 's',
};
enum { SHARED_RING_NONE = 1 };

struct shared_ring_memory;

/* One process's end; all zero is none. */
struct shared_ring {
	struct shared_ring_memory *memory;
	uint64_t position; /* written, or read, in all */
	uint64_t told;     /* the position at the last bell */
};

/* For the writer: a ring, and a descriptor to hand over and close. 0 or
 * -errno. */
int shared_ring_make(struct shared_ring *ret, int *ret_fd);

/* Answer a wish: a byte, and with it the descriptor unless it is -1. 0 or
 * -errno. */
int shared_ring_answer(int socket, int fd);

/* For the reader: take that answer. 0; SHARED_RING_NONE, there will be no
 * ring; -EAGAIN, nothing came yet; -ENODATA, the socket was closed; or
 * -errno. */
int shared_ring_take(int socket, struct shared_ring *ret);

void shared_ring_close(struct shared_ring *);

/*
 * Where to write, and how much goes there in one piece: 0 only if the ring is
 * full; then a bell follows. Then publish len bytes of it: true if it is time
 * for a bell. -EPROTO if the reader's position makes no sense.
 */
ssize_t shared_ring_room(const struct shared_ring *, uint8_t **ret);
bool shared_ring_wrote(struct shared_ring *, size_t len);

/* No more is written for now: true if the reader waits for what there is. */
bool shared_ring_rested(struct shared_ring *);

/* Likewise for the reader: a piece of what waits, 0 only if nothing does; then
 * a bell follows. A writer that found the ring full gets a bell before it is
 * empty. */
ssize_t shared_ring_waiting(const struct shared_ring *, struct bytes *ret);
bool shared_ring_used(struct shared_ring *, size_t len);

#endif
