/* data_feed: events for pages: which tables of the own database changed. */
#ifndef GOOP_VIEWERD_FEEDS_DATA_FEED_H
#define GOOP_VIEWERD_FEEDS_DATA_FEED_H

#include "common/http/stream/sse_hub.h"

struct data_feed;

struct data_feed *data_feed_new(struct event_base *, unsigned int max_readers);
void data_feed_free(struct data_feed *); /* NULL is fine */

/* "changed", or "snapshot" if it is NULL or "": any may have changed. */
void data_feed_tell(struct data_feed *, const char *table);

/* Answer the request with the stream; it begins with a "snapshot". */
void data_feed_join(struct data_feed *, struct http_request *);

#endif
