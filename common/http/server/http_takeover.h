/*
 * http_takeover: take a connection out of the HTTP server in the middle of a
 * request, for what is no HTTP answer: a WebSocket, or a stream so long and so
 * frequent that it shall not carry a server's buffers.
 */
#ifndef COMMON_HTTP_SERVER_HTTP_TAKEOVER_H
#define COMMON_HTTP_SERVER_HTTP_TAKEOVER_H

#include "common/base/buffer.h"
#include "common/http/server/http_request.h"
#include "common/http/server/http_wire.h"

/*
 * The request ends without an answer, the head of which the caller writes to
 * the wire; on_gone is not called; the connection counts for the server no
 * more. What the client sent after the request is appended to early, which is
 * initialised. Only before http_stream_begin. 0, or -ENOBUFS (more came than
 * early takes) or -errno: the request is untouched and still to be answered.
 */
int http_takeover(
    struct http_request *, struct http_wire *ret, struct buffer *early);

/*
 * The head of an HTTP/1.1 answer as text, for whoever writes it to a wire: the
 * status, Date, what http_header added to the request. Further lines and the
 * empty one are the caller's. To be asked for before http_takeover. 0 or
 * -ENOBUFS.
 */
int http_head_print(const struct http_request *, int status, struct buffer *to);

#endif
