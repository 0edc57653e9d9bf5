#include "goop-viewerd/feeds/log_feed.h"

#include <stdlib.h>

#include "common/base/xalloc.h"
#include "common/http/stream/sse_hub.h"
#include "goop-viewerd/answers/json_reply.h"
#include "goop-viewerd/feeds/log_ring.h"
#include "goop-viewerd/answers/error_page.h"

enum { ASK_MS = 5000, SOURCES_MAX = 8 };

struct log_source {
	struct log_feed *feed;
	struct bus_client *client;
};

struct log_feed {
	struct sse_hub *hub;
	struct log_source sources[SOURCES_MAX];
	size_t count;
	struct log_ring ring;
};

static void
take(struct log_feed *feed, const struct log_entry *entry)
{
	struct viewer_line line;

	if (!log_ring_put(&feed->ring, entry) ||
	    sse_hub_readers(feed->hub) == 0)
		return;
	line = log_ring_line(entry);
	json_tell(feed->hub, "message", &viewer_line_message, &line);
	text_free(line.ts);
}

static void
on_page(const struct bus_error *error, const struct log_page *page, void *arg)
{
	struct log_source *source = arg;
	const struct log_entry *entries;
	size_t i;

	if (error != NULL) /* gone again: on_gap follows when it is back */
		return;
	entries = page->entries.items;
	for (i = 0; i < page->entries.count; i++)
		take(source->feed, &entries[i]);
}

static void
on_line(const struct log_entry *entry, void *arg)
{
	struct log_source *source = arg;

	take(source->feed, entry);
}

/* Ask for all kept lines: a restarted daemon numbers its lines from 1, so
 * "after the last one" is meaningless. Known lines are dropped. */
static void
on_gap(void *arg)
{
	static const struct log_query everything;
	struct log_source *source = arg;

	ask_daemon_log(source->client, &everything, ASK_MS, on_page, source);
}

struct log_feed *
log_feed_new(struct bus *bus, struct event_base *base, const char *const *names,
    unsigned int max_readers)
{
	static const struct bus_subscriber events[] = {
		SUBSCRIBE(log_line, on_line), BUS_SUBSCRIBER_END
	};
	static const struct bus_watcher watcher = { events, on_gap, NULL };
	struct log_feed *feed = xzalloc(sizeof(*feed));
	struct log_source *source;

	feed->hub = sse_hub_new(base, max_readers);
	for (; *names != NULL && feed->count < SOURCES_MAX; names++) {
		source = &feed->sources[feed->count++];
		source->feed = feed;
		source->client = bus_connect(bus, *names, &watcher, source);
	}
	return feed;
}

void
log_feed_free(struct log_feed *feed)
{
	size_t i;

	if (feed == NULL)
		return;
	for (i = 0; i < feed->count; i++)
		bus_client_free(feed->sources[i].client);
	sse_hub_free(feed->hub);
	log_ring_fini(&feed->ring);
	free(feed);
}

void
log_feed_reply_list(struct log_feed *feed, struct http_request *request)
{
	struct viewer_lines view = log_ring_view(&feed->ring);

	json_reply_list(request, &viewer_line_message, &view.lines);
	log_ring_view_free(&view);
}

void
log_feed_join(struct log_feed *feed, struct http_request *request)
{
	struct sse_reader *reader;
	struct viewer_lines view;

	if (sse_hub_join(feed->hub, request, &reader) < 0) {
		error_page_reply_text(request, 503, "too many event streams");
		return;
	}
	view = log_ring_view(&feed->ring);
	(void)json_tell_reader(
	    reader, "snapshot", &viewer_lines_message, &view);
	log_ring_view_free(&view);
}
