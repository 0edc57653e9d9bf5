/*
 * http_range: which bytes a Range header asks for (RFC 9110, section 14). One
 * range of bytes; a malformed one, another unit or a list is ignored, as the
 * RFC allows, and the whole file is served.
 */
#ifndef COMMON_HTTP_SYNTAX_HTTP_RANGE_H
#define COMMON_HTTP_SYNTAX_HTTP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum { HTTP_RANGE_IGNORED = 1, HTTP_RANGE_UNSATISFIABLE = 2 };

enum { HTTP_RANGE_TEXT_SIZE = 64 }; /* "bytes=", two numbers, a NUL */

struct http_range {
	bool is_suffix; /* the last bytes, from says how many */
	uint64_t from;
	uint64_t to; /* last byte, inclusive; UINT64_MAX: to the end */
};

/* The header's value; NULL is no header. 0 or HTTP_RANGE_IGNORED. */
int http_range_parse(const char *value, struct http_range *ret);

/* "bytes=..." again, as one normal form. */
void http_range_print(
    const struct http_range *, char text[HTTP_RANGE_TEXT_SIZE]);

/* Of a file of size bytes: 0, HTTP_RANGE_IGNORED (serve all of it), or
 * HTTP_RANGE_UNSATISFIABLE. */
int http_range_resolve(const struct http_range *, uint64_t size,
    uint64_t *ret_from, uint64_t *ret_len);

#endif
