/*
 * sse_parse: reads an event stream (WHATWG HTML, 9.2.6) as it comes. A machine
 * without I/O. What is too long is dropped whole, and the stream goes on.
 */
#ifndef COMMON_HTTP_STREAM_SSE_PARSE_H
#define COMMON_HTTP_STREAM_SSE_PARSE_H

#include <stdbool.h>

#include "common/base/buffer.h"

enum {
	SSE_PARSE_LINE_MAX = 64 * 1024, /* a line, and the data of an event */
	SSE_PARSE_ID_SIZE = 129,
};

enum { SSE_PARSE_MORE = 0, SSE_PARSE_EVENT = 1 };

struct sse_parse {
	/* The last id, event and retry; the id is "" before the first. */
	char id[SSE_PARSE_ID_SIZE];
	int64_t retry_ms; /* -1: nothing */
	uint64_t dropped; /* lines and events over the limit */
	/* the machine's own */
	struct buffer line, data;
	bool has_data, is_told, has_cr, line_is_long, event_is_long, has_begun;
	char next_id[SSE_PARSE_ID_SIZE];
};

void sse_parse_init(struct sse_parse *);
void sse_parse_fini(struct sse_parse *);

/*
 * Consume input up to the end of an event. SSE_PARSE_EVENT: *ret is its data,
 * borrowed until the next call; SSE_PARSE_MORE: all input was taken.
 */
int sse_parse_read(struct sse_parse *, struct bytes *input, struct bytes *ret);

#endif
