/*
 * http_request: one request and its answer. The handler ends it with exactly
 * one of: http_reply, http_reply_static, or http_stream_begin followed by
 * http_stream_end or http_stream_abort. After that, or after on_gone came, the
 * request must not be touched.
 */
#ifndef COMMON_HTTP_SERVER_HTTP_REQUEST_H
#define COMMON_HTTP_SERVER_HTTP_REQUEST_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/base/bytes.h"

struct evbuffer;
struct http_request;

enum http_method {
	HTTP_METHOD_GET,
	HTTP_METHOD_HEAD,
	HTTP_METHOD_POST,
	HTTP_METHOD_OTHER
};

/* --- the request; all borrowed */

enum http_method http_request_method(const struct http_request *);

/* As received, with percent escapes; starts with '/'. */
struct bytes http_request_path(const struct http_request *);

/* Behind the '?'; NULL if there is none. */
const char *http_request_query(const struct http_request *);

/* The value of a header, NULL if absent; of several, the first. */
const char *http_request_header(const struct http_request *, const char *name);

/* The values of all headers of that name, in their order, joined by commas;
 * NULL if absent. malloc'd. */
char *http_request_header_joined(const struct http_request *, const char *name);

struct bytes http_request_body(struct http_request *);

/* The socket, to look up its peer. */
int http_request_fd(const struct http_request *);

/* An int per connection for the caller's use, 0 at first. */
int *http_request_connection_note(struct http_request *);

/* The client left before the answer was complete. */
void http_request_on_gone(
    struct http_request *, void (*on_gone)(void *arg), void *arg);

/* --- the answer */

/* Add a header of the answer. 0, or -EINVAL: the value has control characters;
 * then nothing was added. */
int http_header(struct http_request *, const char *name, const char *value);

/* No further request on this connection. */
void http_close_after(struct http_request *);

/* A whole answer; body is copied. type may be NULL when it is empty. For HEAD
 * the body gives the length alone. */
void http_reply(
    struct http_request *, int status, const char *type, struct bytes body);

/* The same; body is static. */
void http_reply_static(
    struct http_request *, int status, const char *type, struct bytes body);

/* A stream: with a length (>= 0) that must be kept, or without (-1), then
 * chunked. */
void http_stream_begin(struct http_request *, int status, int64_t length);

/*
 * Send what data holds, which is moved out. on_sent, if not NULL, comes once
 * when all that was written is with the kernel; never from inside this call.
 */
void http_stream_write(struct http_request *, struct evbuffer *data,
    void (*on_sent)(void *arg), void *arg);

/* Bytes written that the kernel has not taken yet. */
size_t http_stream_queued(const struct http_request *);

void http_stream_end(struct http_request *);

/* Cut the connection, so that the client sees that the body is incomplete. */
void http_stream_abort(struct http_request *);

#endif
