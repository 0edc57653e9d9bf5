/*
 * http_response: the answer of an HTTP/1.1 server, read as it comes (RFC
 * 9112). A machine without I/O: bytes in, head and body out. The server may be
 * hostile: the head is capped, and what is ambiguous about where the body ends
 * is refused. The body is not collected; how much of it is wanted is up to the
 * caller.
 */
#ifndef COMMON_HTTP_CLIENT_HTTP_RESPONSE_H
#define COMMON_HTTP_CLIENT_HTTP_RESPONSE_H

#include <stdbool.h>

#include "common/base/buffer.h"

enum {
	HTTP_RESPONSE_HEAD_MAX = 16 * 1024,
	HTTP_RESPONSE_LINE_MAX = 4096, /* of a chunk's head, of a trailer */
	HTTP_RESPONSE_INTERIM_MAX = 8, /* 1xx before the answer */
};

/* What http_response_read() found. */
enum {
	HTTP_RESPONSE_MORE = 0, /* all input was taken, more is needed */
	HTTP_RESPONSE_HEAD = 1, /* the head is complete; read on for the body */
	HTTP_RESPONSE_BODY = 2, /* bytes of the body, in *ret */
	HTTP_RESPONSE_DONE = 3, /* complete; what is left is not of it */
};

enum http_response_state {
	HTTP_RESPONSE_IN_HEAD,
	HTTP_RESPONSE_IN_LENGTH,
	HTTP_RESPONSE_IN_CHUNK_HEAD,
	HTTP_RESPONSE_IN_CHUNK,
	HTTP_RESPONSE_IN_CHUNK_END,
	HTTP_RESPONSE_IN_TRAILER,
	HTTP_RESPONSE_IN_REST, /* until the connection closes */
	HTTP_RESPONSE_AT_END,
};

struct http_response {
	int status;
	bool is_persistent; /* the connection may be used again */
	/* the machine's own */
	enum http_response_state state;
	bool is_connect;
	unsigned int interim;
	uint64_t left;      /* of the length, or of the chunk */
	struct buffer line; /* the head while it comes, later one line */
	char *head;         /* complete: NUL after each name and value */
	size_t head_len;
	size_t trailer_len;
};

/* is_connect: it answers CONNECT, where 2xx has no body (RFC 9110, 9.3.6). */
void http_response_init(struct http_response *, bool is_connect);
void http_response_fini(struct http_response *);

/*
 * Read from the front of input, which is cut by what was taken. One of the
 * above; or -EPROTO: this is no answer of HTTP/1, -EMSGSIZE: its head or a line
 * is too long. After an error, give up the connection. A body in *ret is
 * borrowed from input.
 */
int http_response_read(
    struct http_response *, struct bytes *input, struct bytes *ret);

/* The connection closed: true if the answer is complete with that. */
bool http_response_end(struct http_response *);

/* The value of a header once the head is there; of several the first; NULL if
 * there is none. */
const char *http_response_header(
    const struct http_response *, const char *name);

#endif
