#include "goop-discoveryd/rendezvous/server_publish.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/buffer.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/rendezvous/server_refusal.h"

enum { MESSAGE_MAX = 32 * 1024 };

static const char publish_path[] = "/publish";

struct server_publisher {
	const struct server_publish_user *user;
	void *arg;
	struct http_client *client;
	struct http_transfer *transfer; /* the last one, freed with the next */
	bool is_busy;
	struct buffer sent;    /* what is under way */
	struct buffer waiting; /* the newest; empty: none */
	int status;
	int64_t retry_ms;
	char *location;
};

static const struct http_transfer_user publisher_transfer_user;

static enum http_transfer_wish
publisher_on_head(
    struct http_transfer *transfer, int64_t *silence_ms, void *arg)
{
	struct server_publisher *publisher = arg;
	const char *location = http_transfer_header(transfer, "Location");

	(void)silence_ms;
	publisher->user->on_head(transfer, publisher->arg);
	publisher->status = http_transfer_status(transfer);
	if (location != NULL && publisher->status / 100 == 3)
		publisher->location = xstrdup(location);
	publisher->retry_ms = server_refusal_retry_ms(transfer);
	return publisher->status == 101 ? HTTP_TRANSFER_WRONG
					: HTTP_TRANSFER_SHORT;
}

static void
ask(struct server_publisher *publisher)
{
	static const char *const headers[] = { "Content-Type: application/json",
		NULL };
	struct http_request request = { .method = "POST",
		.path = publish_path,
		.headers = headers,
		.body = buffer_bytes(&publisher->sent) };

	publisher->is_busy = true;
	publisher->status = 0;
	publisher->retry_ms = -1;
	free(publisher->location);
	publisher->location = NULL;
	http_transfer_free(publisher->transfer);
	publisher->transfer = http_transfer_new(
	    publisher->client, &request, &publisher_transfer_user, publisher);
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
	char refusal[HTTP_CLIENT_SENTENCE_SIZE];
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

	publisher->is_busy = false;
	buffer_fini(&publisher->sent);
	tell(publisher, sentence, text);
	ask_next(publisher);
}

static const struct http_transfer_user publisher_transfer_user = {
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
    struct http_client *client, struct bytes json)
{
	publisher->client = client;
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
	http_transfer_free(publisher->transfer);
	publisher->transfer = NULL;
	publisher->is_busy = false;
	buffer_fini(&publisher->sent);
	buffer_fini(&publisher->waiting);
	free(publisher->location);
	publisher->location = NULL;
}
