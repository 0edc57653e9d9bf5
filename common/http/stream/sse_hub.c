#include "common/http/stream/sse_hub.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include <event2/buffer.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/http/stream/sse_format.h"

enum { ID_SIZE = 40 };

COUNTER(sse_readers_dropped, "event stream readers dropped for reading slowly");
COUNTER(sse_readers_refused, "event stream readers over the limit");

struct sse_reader {
	TAILQ_ENTRY(sse_reader) next;
	struct sse_hub *hub;
	struct http_request *request;
};

struct sse_hub {
	TAILQ_HEAD(, sse_reader) readers;
	unsigned int count, max;
	struct event *heartbeat; /* pending while there are readers */
	uint32_t epoch;          /* distinguishes the ids of this run */
	uint64_t sequence;
};

static void
start_heartbeat(struct sse_hub *hub)
{
	static const struct timeval period = { SSE_HEARTBEAT_MS / 1000, 0 };

	evtimer_add(hub->heartbeat, &period);
}

static void
reader_free(struct sse_reader *reader)
{
	struct sse_hub *hub = reader->hub;

	TAILQ_REMOVE(&hub->readers, reader, next);
	hub->count--;
	if (hub->count == 0)
		evtimer_del(hub->heartbeat);
	free(reader);
}

static void
reader_drop(struct sse_reader *reader)
{
	struct http_request *request = reader->request;

	reader_free(reader);
	http_stream_abort(request);
}

static int
reader_write(struct sse_reader *reader, struct bytes text)
{
	struct evbuffer *data;

	if (http_stream_queued(reader->request) + text.len > SSE_QUEUE_MAX) {
		counter_add(&sse_readers_dropped, 1);
		log_stranger("event stream reader dropped reason=slow");
		reader_drop(reader);
		return -ENOBUFS;
	}
	data = xcheck(evbuffer_new());
	evbuffer_add(data, text.data, text.len);
	http_stream_write(reader->request, data, NULL, NULL);
	evbuffer_free(data);
	return 0;
}

static void
tell_all(struct sse_hub *hub, struct bytes text)
{
	struct sse_reader *reader, *next;

	for (reader = TAILQ_FIRST(&hub->readers); reader != NULL;
	     reader = next) {
		next = TAILQ_NEXT(reader, next);
		(void)reader_write(reader, text);
	}
}

static void
on_heartbeat(evutil_socket_t fd, short what, void *arg)
{
	struct sse_hub *hub = arg;

	(void)fd;
	(void)what;
	start_heartbeat(hub);
	tell_all(hub, bytes_of(": still here\n\n"));
}

struct sse_hub *
sse_hub_new(struct event_base *base, unsigned int max)
{
	struct sse_hub *hub = xzalloc(sizeof(*hub));

	TAILQ_INIT(&hub->readers);
	hub->max = max;
	random_bytes(&hub->epoch, sizeof(hub->epoch));
	hub->heartbeat = xcheck(evtimer_new(base, on_heartbeat, hub));
	return hub;
}

void
sse_hub_free(struct sse_hub *hub)
{
	struct sse_reader *reader;

	if (hub == NULL)
		return;
	while ((reader = TAILQ_FIRST(&hub->readers)) != NULL)
		reader_drop(reader);
	event_free(hub->heartbeat);
	free(hub);
}

static void
on_gone(void *arg)
{
	reader_free(arg);
}

/* Headers that keep proxies from buffering events (measured with nginx and
 * caddy). */
static void
put_headers(struct http_request *request)
{
	(void)http_header(request, "Content-Type", "text/event-stream");
	(void)http_header(request, "Cache-Control", "no-store");
	(void)http_header(request, "X-Accel-Buffering", "no");
	if (http_request_header(request, "Via") != NULL ||
	    http_request_header(request, "X-Forwarded-For") != NULL)
		(void)http_header(request, "Content-Encoding", "identity");
}

int
sse_hub_join(
    struct sse_hub *hub, struct http_request *request, struct sse_reader **ret)
{
	struct sse_reader *reader;
	char hello[64];
	int len;

	if (hub->count == hub->max) {
		counter_add(&sse_readers_refused, 1);
		return -EBUSY;
	}
	reader = xzalloc(sizeof(*reader));
	reader->hub = hub;
	reader->request = request;
	TAILQ_INSERT_TAIL(&hub->readers, reader, next);
	if (hub->count++ == 0)
		start_heartbeat(hub);
	put_headers(request);
	http_request_on_gone(request, on_gone, reader);
	http_stream_begin(request, 200, -1);
	len = snprintf(
	    hello, sizeof(hello), ": hello\nretry: %d\n\n", SSE_RETRY_MS);
	(void)reader_write(
	    reader, (struct bytes){ (uint8_t *)hello, (size_t)len });
	*ret = reader;
	return 0;
}

static void
format(struct sse_hub *hub, struct buffer *text, const char *event,
    struct bytes data)
{
	char id[ID_SIZE];

	snprintf(id, sizeof(id), "%08" PRIx32 "-%" PRIu64, hub->epoch,
	    hub->sequence);
	if (sse_format(text, id, event, data) < 0)
		bug("sse: event %s of %zu bytes", event, data.len);
}

void
sse_hub_tell(struct sse_hub *hub, const char *event, struct bytes data)
{
	struct buffer text;

	hub->sequence++;
	if (hub->count == 0)
		return;
	buffer_init(&text, SSE_QUEUE_MAX * 2);
	format(hub, &text, event, data);
	tell_all(hub, buffer_bytes(&text));
	buffer_fini(&text);
}

int
sse_reader_tell(struct sse_reader *reader, const char *event, struct bytes data)
{
	struct buffer text;
	int rc;

	buffer_init(&text, SSE_QUEUE_MAX * 2);
	format(reader->hub, &text, event, data);
	rc = reader_write(reader, buffer_bytes(&text));
	buffer_fini(&text);
	return rc;
}

unsigned int
sse_hub_readers(const struct sse_hub *hub)
{
	return hub->count;
}
