/*
 * http_takeover: take a connection out of the HTTP server in the middle of a
 * request, for a WebSocket, or for a long stream without the server's buffers.
 */
#ifndef COMMON_HTTP_SERVER_HTTP_TAKEOVER_H
#define COMMON_HTTP_SERVER_HTTP_TAKEOVER_H

#include "common/base/buffer.h"
#include "common/http/server/http_request.h"
#include "common/http/server/http_wire.h"

/*
 * The request ends without an answer, and without on_gone; the caller writes
 * the answer to the wire; the connection no longer counts for the server. Bytes
 * that the client sent after the request are appended to early, which is
 * initialised. Only before http_stream_begin. 0, or -ENOBUFS (more bytes than
 * early takes) or -errno: the request is untouched and still to be answered.
 */
int http_takeover(
    struct http_request *, struct http_wire *ret, struct buffer *early);

/*
 * The head of an HTTP/1.1 answer, to be written to a wire: the status, Date,
 * the headers that http_header added. The caller adds further lines and the
 * empty one. Call it before http_takeover. 0 or -ENOBUFS.
 */
int http_head_print(const struct http_request *, int status, struct buffer *to);

#endif
