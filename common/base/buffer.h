/*
 * buffer: a growing first-in, first-out queue of bytes. Every buffer has a
 * maximum from the start and holds no memory while it is empty.
 */
#ifndef COMMON_BASE_BUFFER_H
#define COMMON_BASE_BUFFER_H

#include "common/base/bytes.h"

struct buffer {
	uint8_t *memory;
	size_t start;    /* where the unread bytes begin */
	size_t len;      /* how many there are */
	size_t capacity; /* size of memory */
	size_t max;      /* len never exceeds this */
};

/* An empty buffer for at most max bytes. */
void buffer_init(struct buffer *, size_t max);

/* Wipes and frees what is held; the buffer may be used again. */
void buffer_fini(struct buffer *);

/* Copy bytes to the end. 0, or -ENOBUFS and nothing changed. */
int buffer_append(struct buffer *, struct bytes);

/* Append formatted text without its NUL. 0, or -ENOBUFS. */
int buffer_printf(struct buffer *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Room for len bytes at the end, to be filled and then committed. NULL if len
 * more would exceed the maximum. Valid until the next call on the buffer.
 */
uint8_t *buffer_reserve(struct buffer *, size_t len);
void buffer_commit(struct buffer *, size_t len); /* len <= what was reserved */

/* The unread bytes; borrowed until the next call that changes the buffer. */
struct bytes buffer_bytes(const struct buffer *);

/* Drop len bytes from the front; len <= the unread bytes. */
void buffer_consume(struct buffer *, size_t len);

/* How many more bytes fit. */
size_t buffer_room(const struct buffer *);

#endif
