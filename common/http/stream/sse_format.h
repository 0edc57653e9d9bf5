/* sse_format: one event of an event stream (WHATWG HTML, 9.2.6), as bytes. */
#ifndef COMMON_HTTP_STREAM_SSE_FORMAT_H
#define COMMON_HTTP_STREAM_SSE_FORMAT_H

#include "common/base/buffer.h"

/*
 * Append an event. id may be NULL; event is one plain token; data may have
 * several lines. 0 or -ENOBUFS.
 */
int sse_format(
    struct buffer *, const char *id, const char *event, struct bytes data);

#endif
