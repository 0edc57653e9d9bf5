#include "goop-discoveryd/rendezvous/server_relay.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "proto/field_json.h"

enum {
	AGAIN_MS = 5 * 60 * 1000,  /* its addresses may change */
	NONE_AGAIN_MS = 30 * 1000, /* one that just starts says "none" */
	FAILED_AGAIN_MS = 15 * 1000,
	SILENCE_MS = 10 * 1000,
	PEER_TEXT_MAX = 128,
	ADDRESS_TEXT_MAX = 512,
};

/* clang-format off */
static const struct field relay_info_fields[] = {
	FIELD_STR (relay_info, peer_id,   "peer_id", PEER_TEXT_MAX, REQUIRED),
	FIELD_STRS(relay_info, addresses, "addrs",
	    ADDRESS_TEXT_MAX, SERVER_RELAY_ADDRESSES_MAX, REQUIRED),
	FIELD_END
};
/* clang-format on */
const struct message relay_info_message = MESSAGE(relay_info);

struct server_relay {
	server_relay_told_fn *on_told;
	void *arg;
	struct event *timer;
	struct http_client *client;     /* NULL: the server is not reached */
	struct http_transfer *transfer; /* the last one, freed with the next */
	struct buffer body;
	int status;
	struct relay_info told; /* peer_id NULL: none */
};

static void
arm(struct server_relay *relay, int64_t ms)
{
	struct timeval wait = timeval_of_ms(ms);

	if (relay->client != NULL)
		event_add(relay->timer, &wait);
}

static void
tell(struct server_relay *relay, const struct relay_info *info)
{
	if (message_equal(&relay_info_message, info, &relay->told))
		return;
	message_fini(&relay_info_message, &relay->told);
	message_copy(&relay_info_message, info, &relay->told);
	relay->on_told(&relay->told, relay->arg);
}

static enum http_transfer_wish
on_head(struct http_transfer *transfer, int64_t *silence_ms, void *arg)
{
	struct server_relay *relay = arg;

	*silence_ms = SILENCE_MS;
	relay->status = http_transfer_status(transfer);
	return relay->status == 200 ? HTTP_TRANSFER_STREAM
				    : HTTP_TRANSFER_SHORT;
}

static bool
on_bytes(struct bytes bytes, void *arg)
{
	struct server_relay *relay = arg;

	return buffer_append(&relay->body, bytes) == 0;
}

static bool
on_drained(void *arg)
{
	(void)arg;
	return true;
}

/* 404, and 502 of a server behind a proxy: it has none. */
static void
on_over(const char *sentence, const char *text, void *arg)
{
	static const struct relay_info none = { .peer_id = NULL };
	struct server_relay *relay = arg;
	CLEANUP_FREE char *why = NULL;
	struct relay_info info;

	(void)text;
	if (sentence != NULL) {
		log_debug("relay of the server unknown: %s", sentence);
		arm(relay, FAILED_AGAIN_MS);
	} else if (relay->status != 200) {
		tell(relay, &none);
		arm(relay, NONE_AGAIN_MS);
	} else if (message_decode_json(&relay_info_message,
		       buffer_bytes(&relay->body), &info, &why) < 0) {
		log_warn("relay of the server unknown: %s", why);
		arm(relay, AGAIN_MS);
	} else {
		tell(relay, &info);
		message_fini(&relay_info_message, &info);
		arm(relay, AGAIN_MS);
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	static const struct http_transfer_user user = { on_head, on_bytes,
		on_drained, on_over };
	static const char *const headers[] = { "Accept: application/json",
		NULL };
	static const struct http_request request = {
		.method = "GET", .path = "/relay", .headers = headers
	};
	struct server_relay *relay = arg;

	(void)fd;
	(void)what;
	http_transfer_free(relay->transfer);
	buffer_fini(&relay->body);
	relay->status = 0;
	relay->transfer =
	    http_transfer_new(relay->client, &request, &user, relay);
}

struct server_relay *
server_relay_new(
    struct event_base *base, server_relay_told_fn *on_told, void *arg)
{
	struct server_relay *relay = xzalloc(sizeof(*relay));

	relay->on_told = on_told;
	relay->arg = arg;
	buffer_init(&relay->body, SERVER_RELAY_BYTES_MAX);
	relay->timer = xcheck(evtimer_new(base, on_timer, relay));
	return relay;
}

void
server_relay_free(struct server_relay *relay)
{
	if (relay == NULL)
		return;
	server_relay_reset(relay);
	event_free(relay->timer);
	buffer_fini(&relay->body);
	message_fini(&relay_info_message, &relay->told);
	free(relay);
}

void
server_relay_ask(struct server_relay *relay, struct http_client *client)
{
	relay->client = client;
	arm(relay, 0);
}

void
server_relay_reset(struct server_relay *relay)
{
	event_del(relay->timer);
	http_transfer_free(relay->transfer);
	relay->transfer = NULL;
	relay->client = NULL;
}
