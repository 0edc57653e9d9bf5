/* json_reply: messages (proto/field.h) as JSON answers and events. */
#ifndef GOOP_VIEWERD_ANSWERS_JSON_REPLY_H
#define GOOP_VIEWERD_ANSWERS_JSON_REPLY_H

#include "common/base/buffer.h"
#include "common/http/stream/sse_hub.h"
#include "proto/field.h"

/* Full lists of peers and log lines fit; SSE_QUEUE_MAX is larger. */
enum { JSON_MAX = 2 * 1024 * 1024 };

/* Encode as JSON into an empty buffer, which the caller ends. A message that
 * does not encode is a bug: its parts were decoded under narrower limits. */
void json_of(const struct message *, const void *, struct buffer *ret);

/* Answer 200. */
void json_reply(struct http_request *, const struct message *, const void *);

/* The same with an array of records, as in the original. */
void json_reply_list(
    struct http_request *, const struct message *, const struct records *);

/* The same with JSON that is printed already; ends the buffer. */
void json_reply_text(struct http_request *, struct buffer *json);

/* Send an event to all readers; to one: 0, or negative if that reader is
 * gone. */
void json_tell(
    struct sse_hub *, const char *event, const struct message *, const void *);
int json_tell_reader(struct sse_reader *, const char *event,
    const struct message *, const void *);

#endif
