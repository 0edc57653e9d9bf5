#include "goop-viewerd/feeds/data_feed.h"

#include <stdlib.h>

#include "common/base/xalloc.h"
#include "goop-viewerd/answers/json_reply.h"
#include "goop-viewerd/answers/error_page.h"
#include "proto/goopd_ops.h"

struct data_feed {
	struct sse_hub *hub;
};

static const struct nothing nothing;

struct data_feed *
data_feed_new(struct event_base *base, unsigned int max_readers)
{
	struct data_feed *feed = xzalloc(sizeof(*feed));

	feed->hub = sse_hub_new(base, max_readers);
	return feed;
}

void
data_feed_free(struct data_feed *feed)
{
	if (feed == NULL)
		return;
	sse_hub_free(feed->hub);
	free(feed);
}

void
data_feed_tell(struct data_feed *feed, const char *table)
{
	struct data_change change = { table };

	if (sse_hub_readers(feed->hub) == 0)
		return;
	if (table == NULL || table[0] == '\0')
		json_tell(feed->hub, "snapshot", &nothing_message, &nothing);
	else
		json_tell(feed->hub, "changed", &data_change_message, &change);
}

void
data_feed_join(struct data_feed *feed, struct http_request *request)
{
	struct sse_reader *reader;

	if (sse_hub_join(feed->hub, request, &reader) < 0)
		error_page_reply_text(request, 503, "too many event streams");
	else
		(void)json_tell_reader(
		    reader, "snapshot", &nothing_message, &nothing);
}
