/*
 * text: checks and repairs of foreign text before it is logged, shown or
 * stored.
 */
#ifndef COMMON_BASE_TEXT_H
#define COMMON_BASE_TEXT_H

#include "common/base/bytes.h"

/* Is this well-formed UTF-8 (RFC 3629), without NUL? */
bool text_is_utf8(struct bytes);

/* The length of the well-formed UTF-8 sequence at the start; 0: there is none,
 * or it is a NUL. */
size_t text_sequence(struct bytes);

/* Does this sequence control a terminal or the direction of text? */
bool text_is_control(struct bytes sequence);

/* In place: control characters, those of direction too, and malformed UTF-8
 * become '?'. True if the text was changed. */
bool text_make_printable(char *text);

/* A decimal number without sign, space or rest. 0, or -EINVAL / -ERANGE. */
int text_parse_u64(struct bytes, uint64_t *ret);

/* Edit distance, for "did you mean"; counts at most max + 1. */
size_t text_distance(const char *, const char *, size_t max);

#endif
