#include "goop-discoveryd/rendezvous/server_publish.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_date.h"
#include "goop-discoveryd/rendezvous/server_refusal.h"

enum { MESSAGE_MAX = 32 * 1024 };

static const char publish_path[] = "/publish";

struct server_publisher {
	const struct server_publish_user *user;
	void *arg;
	struct wan_route *route;
	struct wan_exchange *exchange; /* kept when it is over */
	bool is_busy;
	struct buffer sent;    /* what is under way */
	struct buffer waiting; /* the newest; empty: none */
	int status;
	int64_t retry_ms;
	char *location;
};

static const struct wan_exchange_user publisher_exchange_user;

static enum wan_exchange_wish
publisher_on_head(
    const struct http_response *response, int64_t *silence_ms, void *arg)
{
	struct server_publisher *publisher = arg;
	const char *retry = http_response_header(response, "Retry-After");
	const char *location = http_response_header(response, "Location");

	(void)silence_ms;
	publisher->user->on_head(response, publisher->arg);
	publisher->status = response->status;
	if (location != NULL && response->status / 100 == 3)
		publisher->location = xstrdup(location);
	if (retry != NULL)
		(void)http_date_parse_retry(retry,
		    http_response_header(response, "Date"),
		    walltime_ms() / 1000, &publisher->retry_ms);
	return response->status == 101 ? WAN_EXCHANGE_WRONG
				       : WAN_EXCHANGE_SHORT;
}

/* Over the kept connection if it still stands. */
static void
ask(struct server_publisher *publisher)
{
	struct wan_request request = { "POST", publish_path,
		"Content-Type: application/json\r\n",
		buffer_bytes(&publisher->sent) };

	publisher->is_busy = true;
	publisher->status = 0;
	publisher->retry_ms = -1;
	free(publisher->location);
	publisher->location = NULL;
	if (publisher->exchange != NULL &&
	    wan_exchange_again(publisher->exchange, &request))
		return;
	wan_exchange_free(publisher->exchange);
	publisher->exchange = wan_exchange_new(
	    publisher->route, &request, &publisher_exchange_user, publisher);
}

static void
ask_next(struct server_publisher *publisher)
{
	struct buffer empty = publisher->sent;

	if (publisher->is_busy || publisher->waiting.len == 0)
		return;
	publisher->sent = publisher->waiting;
	publisher->waiting = empty;
	buffer_fini(&publisher->waiting);
	ask(publisher);
}

static void
tell(struct server_publisher *publisher, const char *sentence, const char *text)
{
	char refusal[WAN_SENTENCE_SIZE];
	struct server_publish_end end = {
		.status = sentence != NULL ? 0 : publisher->status,
		.sentence = sentence,
		.retry_ms = publisher->retry_ms,
		.location = publisher->location,
		.path = publish_path,
	};

	if (sentence == NULL && publisher->status / 100 != 2) {
		server_refusal_print(publisher->status, text, refusal);
		end.sentence = refusal;
	}
	publisher->user->on_end(&end, publisher->arg);
}

static void
publisher_on_over(const char *sentence, const char *text, void *arg)
{
	struct server_publisher *publisher = arg;

	/* A server may close a kept connection at any time (RFC 9112, 9.3.1):
	 * that is no answer, and presence may be said twice. */
	if (sentence != NULL && wan_exchange_was_stale(publisher->exchange)) {
		wan_exchange_free(publisher->exchange);
		publisher->exchange = NULL;
		ask(publisher);
		return;
	}
	publisher->is_busy = false;
	buffer_fini(&publisher->sent);
	tell(publisher, sentence, text);
	ask_next(publisher);
}

static const struct wan_exchange_user publisher_exchange_user = {
	.on_head = publisher_on_head,
	.on_over = publisher_on_over,
};

struct server_publisher *
server_publisher_new(const struct server_publish_user *user, void *arg)
{
	struct server_publisher *publisher = xzalloc(sizeof(*publisher));

	publisher->user = user;
	publisher->arg = arg;
	buffer_init(&publisher->sent, MESSAGE_MAX);
	buffer_init(&publisher->waiting, MESSAGE_MAX);
	return publisher;
}

void
server_publisher_free(struct server_publisher *publisher)
{
	if (publisher == NULL)
		return;
	server_publisher_reset(publisher);
	free(publisher);
}

void
server_publisher_post(struct server_publisher *publisher,
    struct wan_route *route, struct bytes json)
{
	publisher->route = route;
	buffer_fini(&publisher->waiting);
	(void)buffer_append(&publisher->waiting, json);
	ask_next(publisher);
}

bool
server_publisher_is_busy(const struct server_publisher *publisher)
{
	return publisher->is_busy || publisher->waiting.len > 0;
}

void
server_publisher_reset(struct server_publisher *publisher)
{
	wan_exchange_free(publisher->exchange);
	publisher->exchange = NULL;
	publisher->is_busy = false;
	buffer_fini(&publisher->sent);
	buffer_fini(&publisher->waiting);
	free(publisher->location);
	publisher->location = NULL;
}
