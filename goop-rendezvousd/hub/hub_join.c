/* How a request becomes a subscriber: heads, handshakes, sockets. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/http/server/http_takeover.h"
#include "common/http/stream/websocket_handshake.h"
#include "goop-rendezvousd/hub/hub_internal.h"

enum { HEAD_MAX = 16 * 1024, EARLY_MAX = 128 * 1024 };

COUNTER(subscribers_refused_handshake,
    "WebSockets refused for their handshake, or a foreign page's");

static int
refuse(struct http_request *request, int status, const char *text)
{
	http_reply_static(
	    request, status, "text/plain; charset=utf-8", bytes_of(text));
	return status;
}

/* --- the head of the answer: 0, a status with which it was refused, or
 * -errno */

static int
head_events(struct http_request *request, struct buffer *head)
{
	int rc = http_head_print(request, 200, head);

	/* What keeps proxies from holding events back (measured for nginx,
	 * caddy). Where the stream ends the connection does: it has no frame.
	 */
	if (rc == 0)
		rc = buffer_append(
		    head, bytes_of("Content-Type: text/event-stream\r\n"
				   "Cache-Control: no-store\r\n"
				   "X-Accel-Buffering: no\r\n"
				   "Connection: close\r\n"));
	if (rc == 0 &&
	    (http_request_header(request, "Via") != NULL ||
		http_request_header(request, "X-Forwarded-For") != NULL))
		rc = buffer_append(
		    head, bytes_of("Content-Encoding: identity\r\n"));
	return rc;
}

static int
refuse_handshake(struct http_request *request, int refusal)
{
	int status = websocket_refusal_status(refusal);

	counter_add(&subscribers_refused_handshake, 1);
	log_stranger("websocket refused status=%d", status);
	if (refusal == WEBSOCKET_FOREIGN)
		return refuse(request, status, "a page of another site\n");
	(void)http_header(request, "Sec-WebSocket-Version", "13");
	if (refusal == WEBSOCKET_VERSION)
		(void)http_header(request, "Upgrade", "websocket");
	return refuse(request, status, "Bad Request\n");
}

static int
head_websocket(struct http_request *request, struct buffer *head)
{
	struct websocket_request asked = {
		.is_get = http_request_method(request) == HTTP_METHOD_GET,
		.host = http_request_header(request, "Host"),
		.origin = http_request_header(request, "Origin"),
		.connection = http_request_header(request, "Connection"),
		.upgrade = http_request_header(request, "Upgrade"),
		.version =
		    http_request_header(request, "Sec-WebSocket-Version"),
		.key = http_request_header(request, "Sec-WebSocket-Key"),
	};
	char accept[WEBSOCKET_ACCEPT_SIZE];
	int rc = websocket_handshake_answer(&asked, accept);

	if (rc != 0)
		return refuse_handshake(request, rc);
	rc = http_head_print(request, 101, head);
	if (rc == 0)
		rc = buffer_printf(head,
		    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		    "Sec-WebSocket-Accept: %s\r\n",
		    accept);
	return rc;
}

static int
print_head(struct hub *hub, struct http_request *request,
    enum subscriber_format format, struct buffer *head)
{
	bool is_websocket = format >= SUBSCRIBER_WEBSOCKET_CLASSIC;
	int rc = is_websocket ? head_websocket(request, head)
			      : head_events(request, head);

	if (rc == 0 && format % 2 == 1)
		rc = buffer_append(
		    head, bytes_of("Goop-Rendezvous-Mode: delta\r\n"));
	if (rc == 0)
		rc = buffer_append(head, bytes_of("\r\n"));
	if (rc == 0 && !is_websocket)
		rc = buffer_printf(
		    head, ": ok\n\nretry: %u\n\n", hub_retry_ms(hub));
	return rc;
}

/* --- the socket */

/* Who is gone without a word is noticed by what it does not acknowledge. */
static void
set_timeout(int fd)
{
	unsigned int ms = HUB_TIMEOUT_MS;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

/* 0, or the status with which the request was refused. */
static int
take(struct hub *hub, struct http_request *request,
    enum subscriber_format format, struct buffer *early,
    struct subscriber **ret)
{
	struct http_wire wire;
	struct buffer head;
	int rc;

	buffer_init(&head, HEAD_MAX);
	rc = print_head(hub, request, format, &head);
	if (rc == 0)
		rc = http_takeover(request, &wire, early);
	if (rc == 0) {
		set_timeout(wire.fd);
		*ret = xzalloc(sizeof(**ret));
		subscriber_init(
		    *ret, &hub->owner, format, &wire, monotime_now());
		subscriber_put(*ret, chunk_new(buffer_bytes(&head), 0));
	}
	buffer_fini(&head);
	return rc < 0 ? refuse(request, 503, "try again\n") : rc;
}

/* --- joining */

static void
welcome(struct hub *hub, struct subscriber *subscriber,
    struct hub_newcomer *newcomer)
{
	subscriber->newcomer = newcomer;
	hub_watch(hub, subscriber, &hub->newcomers);
	hub->channels[subscriber->format].count++;
	hub->stats.joined++;
	hub_count_classic(hub);
	/* The head at once, so that it is known to have worked. */
	subscriber_flush(subscriber, monotime_now());
	hub_kick(hub);
}

int
hub_join(struct hub *hub, struct http_request *request,
    const struct hub_guest *guest, struct subscriber **ret)
{
	unsigned int format =
	    (guest->is_websocket ? 2U : 0) + (guest->is_delta ? 1U : 0);
	struct hub_newcomer *newcomer;
	int status;

	if (hub->is_draining)
		return refuse(request, 503, "stopping\n");
	newcomer = xzalloc(sizeof(*newcomer));
	buffer_init(&newcomer->early, EARLY_MAX);
	newcomer->has_since =
	    guest->is_delta && guest->since != NULL &&
	    roster_cursor_parse(guest->since, &newcomer->since) == 0;
	status = take(hub, request, format, &newcomer->early, ret);
	if (status != 0) {
		buffer_fini(&newcomer->early);
		free(newcomer);
		return status;
	}
	(*ret)->session = guest->session;
	welcome(hub, *ret, newcomer);
	return 0;
}

/* They count for no limit of an address, and know all that they came for. */
static void
make_room_for_probe(struct hub *hub)
{
	struct subscriber *probe, *oldest = NULL;
	unsigned int count = 0;

	LIST_FOREACH (probe, &hub->probes, next) {
		count++;
		oldest = probe;
	}
	if (count >= HUB_PROBES_MAX)
		subscriber_end(oldest, SUBSCRIBER_CLOSED);
}

int
hub_join_probe(struct hub *hub, struct http_request *request)
{
	struct subscriber *subscriber;
	struct buffer early;
	struct monotime now = monotime_now();
	int status;

	if (hub->is_draining)
		return refuse(request, 503, "stopping\n");
	make_room_for_probe(hub);
	buffer_init(&early, EARLY_MAX);
	status = take(
	    hub, request, SUBSCRIBER_WEBSOCKET_CLASSIC, &early, &subscriber);
	buffer_fini(&early);
	if (status != 0)
		return status;
	subscriber->is_probe = true;
	hub_watch(hub, subscriber, &hub->probes);
	subscriber_start(subscriber, (struct bytes){ NULL, 0 }, now);
	subscriber_close(subscriber, WEBSOCKET_CLOSE_NORMAL, "probe-ok", now);
	return 0;
}
