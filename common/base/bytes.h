/*
 * bytes: borrowed byte strings, and a cursor that never reads past their end.
 * Parsers of foreign bytes read through a cursor and check once, at the end,
 * that every read succeeded.
 */
#ifndef COMMON_BASE_BYTES_H
#define COMMON_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; data may be NULL when len is 0. */
struct bytes {
	const uint8_t *data;
	size_t len;
};

/* The bytes of a C string, its NUL not counted; borrows text. */
struct bytes bytes_of(const char *text);

bool bytes_equal(struct bytes, struct bytes);

/* Cut prefix off the front; false if it is not there. */
bool bytes_skip(struct bytes *, const char *prefix);

/* Equality in time that depends on the lengths alone; for secrets. */
bool bytes_equal_secret(struct bytes, struct bytes);

/* Reads forward through borrowed bytes; a read past the end fails for good. */
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

struct cursor cursor_over(struct bytes);

/* Each takes its value off the front; 0 (or no bytes) once failed. */
uint8_t cursor_u8(struct cursor *);
uint16_t cursor_be16(struct cursor *);
uint32_t cursor_be32(struct cursor *);
struct bytes cursor_take(struct cursor *, size_t len);

/* All bytes not yet taken, which stay where they are. */
struct bytes cursor_rest(const struct cursor *);

/* True if nothing failed and every byte was taken. */
bool cursor_done(const struct cursor *);

/* Big-endian stores; to must have 2, 4 or 8 bytes of room. */
void store_be16(uint8_t *to, uint16_t value);
void store_be32(uint8_t *to, uint32_t value);
void store_be64(uint8_t *to, uint64_t value);

#endif
