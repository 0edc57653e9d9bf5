/*
 * sse_hub: the readers of one event stream (text/event-stream). Each has a
 * bounded queue: a reader that is too slow is dropped, reconnects by itself and
 * gets a fresh snapshot. A comment is sent now and then, so that proxies keep
 * the connection and dead ones are noticed.
 */
#ifndef COMMON_HTTP_STREAM_SSE_HUB_H
#define COMMON_HTTP_STREAM_SSE_HUB_H

#include <event2/event.h>

#include "common/http/server/http_request.h"

enum {
	SSE_QUEUE_MAX = 2560 * 1024, /* queued for one reader */
	SSE_HEARTBEAT_MS = 15 * 1000,
	SSE_RETRY_MS = 1000, /* sent to readers */
};

struct sse_hub;
struct sse_reader;

/* A stream for at most max readers. */
struct sse_hub *sse_hub_new(struct event_base *, unsigned int max);
void sse_hub_free(struct sse_hub *); /* cuts all; NULL is fine */

/* Begin the answer of a request as a stream of the hub, which takes the
 * request over; 0 with *ret borrowed, or -EBUSY with the request untouched. */
int sse_hub_join(
    struct sse_hub *, struct http_request *, struct sse_reader **ret);

/* Send an event to all readers. data is one JSON value, or any text. */
void sse_hub_tell(struct sse_hub *, const char *event, struct bytes data);

/* Send to one reader alone, in the same order. -ENOBUFS: the reader was
 * dropped. */
int sse_reader_tell(struct sse_reader *, const char *event, struct bytes data);

unsigned int sse_hub_readers(const struct sse_hub *);

#endif
