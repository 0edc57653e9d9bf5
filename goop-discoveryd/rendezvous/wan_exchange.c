#include "goop-discoveryd/rendezvous/wan_exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/rendezvous/wan_tls.h"

enum { INPUT_MAX = 64 * 1024 };

/* IDLE: the answer is complete, and the connection may serve again. */
enum state { CONNECTING, WAITING, READING, STREAMING, IDLE, OVER };

struct wan_exchange {
	struct wan_route *route;
	enum state state;
	struct wan_connect *connect;
	struct bufferevent *bev;
	struct evbuffer *request; /* until there is a connection */
	struct http_response response;
	struct event *deadline;
	int64_t silence_ms; /* of a stream; 0: it is none */
	bool is_kept;       /* the connection has served before */
	bool has_answered;  /* a byte came, since it was asked */
	bool has_reached;
	size_t text_read, text_len;
	char text[WAN_EXCHANGE_TEXT_SIZE];
	const struct wan_exchange_user *user;
	void *arg;
};

static void
await(struct wan_exchange *exchange, int64_t ms)
{
	struct timeval wait = wan_route_wait(exchange->route, ms);

	event_add(exchange->deadline, &wait);
}

/* --- ends; each is the last act of a callback */

static void
drop_connection(struct wan_exchange *exchange)
{
	if (exchange->bev == NULL)
		return;
	bufferevent_disable(exchange->bev, EV_READ | EV_WRITE);
	bufferevent_free(exchange->bev);
	exchange->bev = NULL;
}

static void
exchange_over(struct wan_exchange *exchange, const char *sentence)
{
	event_del(exchange->deadline);
	exchange->state = OVER;
	drop_connection(exchange);
	exchange->user->on_over(sentence, "", exchange->arg);
}

/* The whole answer is there. */
static void
exchange_done(struct wan_exchange *exchange)
{
	event_del(exchange->deadline);
	exchange->state = IDLE;
	exchange->is_kept = true;
	if (!exchange->response.is_persistent) {
		exchange->state = OVER;
		drop_connection(exchange);
	}
	exchange->text[exchange->text_len] = '\0';
	text_make_printable(exchange->text);
	exchange->user->on_over(NULL, exchange->text, exchange->arg);
}

static void
exchange_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct wan_exchange *exchange = arg;
	char sentence[WAN_SENTENCE_SIZE];

	(void)fd;
	(void)what;
	if (exchange->state == STREAMING)
		snprintf(sentence, sizeof(sentence),
		    "the server has been silent for %lld seconds",
		    (long long)(exchange->silence_ms / 1000));
	else
		snprintf(sentence, sizeof(sentence),
		    "the server takes too long to answer");
	exchange_over(exchange, sentence);
}

/* --- reading */

/* The first line is enough for people. */
static void
keep_text(struct wan_exchange *exchange, struct bytes body)
{
	size_t room = sizeof(exchange->text) - 1 - exchange->text_len;

	exchange->text_read += body.len;
	if (body.len > room)
		body.len = room;
	if (body.len > 0)
		memcpy(
		    exchange->text + exchange->text_len, body.data, body.len);
	exchange->text_len += body.len;
}

static enum wan_exchange_wish
take_head(struct wan_exchange *exchange)
{
	enum wan_exchange_wish wish;

	wish = exchange->user->on_head(
	    &exchange->response, &exchange->silence_ms, exchange->arg);
	if (wish == WAN_EXCHANGE_STREAM)
		exchange->state = STREAMING;
	else
		exchange->state = READING;
	return wish;
}

/* False: it is over. */
static bool
take_body(struct wan_exchange *exchange, struct bytes body)
{
	if (exchange->state == STREAMING)
		return exchange->user->on_bytes(body, exchange->arg);
	keep_text(exchange, body);
	return exchange->text_read <= WAN_EXCHANGE_TEXT_MAX;
}

/* Did the answer switch to another protocol, or open up for one? */
static bool
is_raw(const struct wan_exchange *exchange)
{
	return exchange->state == STREAMING && exchange->response.status == 101;
}

/* What came, from the front. HTTP_RESPONSE_MORE: read on; _DONE: complete;
 * negative: over. */
static int
take_input(struct wan_exchange *exchange, struct bytes *input)
{
	struct bytes body;
	int rc;

	while (input->len > 0 && !is_raw(exchange)) {
		rc = http_response_read(&exchange->response, input, &body);
		if (rc == HTTP_RESPONSE_HEAD) {
			if (take_head(exchange) == WAN_EXCHANGE_WRONG)
				return -ECANCELED;
		} else if (rc == HTTP_RESPONSE_BODY) {
			if (!take_body(exchange, body))
				return -ECANCELED;
		} else if (rc != HTTP_RESPONSE_MORE) {
			return rc;
		}
	}
	if (is_raw(exchange)) {
		body = *input;
		input->len = 0;
		if (body.len > 0 && !take_body(exchange, body))
			return -ECANCELED;
		return HTTP_RESPONSE_MORE;
	}
	return exchange->response.state == HTTP_RESPONSE_AT_END
		   ? HTTP_RESPONSE_DONE
		   : HTTP_RESPONSE_MORE;
}

/* The outcome of reading; the exchange may be gone afterwards. */
static void
end_reading(struct wan_exchange *exchange, int rc, bool has_rest)
{
	if (rc == HTTP_RESPONSE_DONE && exchange->state == STREAMING) {
		exchange_over(exchange, NULL); /* a stream's clean end */
	} else if (rc == HTTP_RESPONSE_DONE) {
		if (has_rest) /* nobody asked for more: do not go on here */
			exchange->response.is_persistent = false;
		exchange_done(exchange);
	} else if (rc == -ECANCELED) {
		exchange_over(exchange, NULL);
	} else if (rc == -EMSGSIZE) {
		exchange_over(exchange, "the server's answer is too long");
	} else {
		exchange_over(exchange, "the server does not speak HTTP");
	}
}

static void
exchange_on_read(struct bufferevent *bev, void *arg)
{
	struct wan_exchange *exchange = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);
	struct bytes input = { evbuffer_pullup(in, -1), len };
	int rc;

	if (len == 0)
		return;
	if (exchange->state == IDLE) { /* an answer to nothing */
		drop_connection(exchange);
		return;
	}
	exchange->has_answered = true;
	rc = take_input(exchange, &input);
	if (rc != HTTP_RESPONSE_MORE) {
		evbuffer_drain(in, len - input.len);
		end_reading(exchange, rc, input.len > 0);
		return;
	}
	evbuffer_drain(in, len);
	if (exchange->state == STREAMING)
		await(exchange, exchange->silence_ms);
}

static void
exchange_on_write(struct bufferevent *bev, void *arg)
{
	struct wan_exchange *exchange = arg;

	(void)bev;
	if (exchange->state == STREAMING &&
	    !exchange->user->on_drained(exchange->arg))
		exchange_over(exchange, NULL);
}

static void
exchange_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct wan_exchange *exchange = arg;
	char sentence[WAN_SENTENCE_SIZE];
	int error = EVUTIL_SOCKET_ERROR();

	if (exchange->state == IDLE) {
		drop_connection(exchange);
		return;
	}
	if ((what & BEV_EVENT_EOF) && exchange->state == READING &&
	    http_response_end(&exchange->response)) {
		exchange_done(exchange);
		return;
	}
	if (wan_tls_explain(bev, sentence, sizeof(sentence)))
		exchange_over(exchange, sentence);
	else if ((what & BEV_EVENT_ERROR) && error != 0) {
		snprintf(sentence, sizeof(sentence),
		    "the connection to the server is lost: %s",
		    strerror(error));
		exchange_over(exchange, sentence);
	} else if (exchange->state == STREAMING)
		exchange_over(exchange, "the server ended the connection");
	else
		exchange_over(exchange,
		    "the server ended the connection without an answer");
}

/* --- asking */

static void
print_request(struct wan_exchange *exchange, const struct wan_request *request)
{
	const struct http_url *url = &exchange->route->url;
	struct evbuffer *out = exchange->request;
	char host[HTTP_URL_TEXT_SIZE];

	http_url_print_host(url, host);
	evbuffer_add_printf(out,
	    "%s %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: goop2/" GOOP_VERSION
	    "\r\n%s",
	    request->method, url->path, request->path, host, request->headers);
	if (request->body.len > 0)
		evbuffer_add_printf(
		    out, "Content-Length: %zu\r\n", request->body.len);
	evbuffer_add(out, "\r\n", 2);
	evbuffer_add(out, request->body.data, request->body.len);
}

static void
begin_asking(struct wan_exchange *exchange)
{
	exchange->state = WAITING;
	exchange->has_answered = false;
	exchange->text_len = exchange->text_read = 0;
	http_response_fini(&exchange->response);
	await(exchange, WAN_EXCHANGE_ANSWER_MS);
	evbuffer_add_buffer(
	    bufferevent_get_output(exchange->bev), exchange->request);
}

static void
exchange_on_connected(struct bufferevent *bev, const char *sentence, void *arg)
{
	struct wan_exchange *exchange = arg;

	wan_connect_free(exchange->connect);
	exchange->connect = NULL;
	if (bev == NULL) {
		exchange_over(exchange, sentence);
		return;
	}
	exchange->bev = bev;
	exchange->has_reached = true;
	bufferevent_setcb(bev, exchange_on_read, exchange_on_write,
	    exchange_on_event, exchange);
	bufferevent_setwatermark(bev, EV_READ, 0, INPUT_MAX);
	begin_asking(exchange);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

struct wan_exchange *
wan_exchange_new(struct wan_route *route, const struct wan_request *request,
    const struct wan_exchange_user *user, void *arg)
{
	struct wan_exchange *exchange = xzalloc(sizeof(*exchange));

	exchange->route = route;
	exchange->user = user;
	exchange->arg = arg;
	exchange->state = CONNECTING;
	exchange->request = evbuffer_new();
	exchange->deadline =
	    evtimer_new(route->base, exchange_on_deadline, exchange);
	http_response_init(&exchange->response, false);
	print_request(exchange, request);
	exchange->connect =
	    wan_connect_new(route, exchange_on_connected, exchange);
	return exchange;
}

void
wan_exchange_free(struct wan_exchange *exchange)
{
	if (exchange == NULL)
		return;
	wan_connect_free(exchange->connect);
	drop_connection(exchange);
	evbuffer_free(exchange->request);
	event_free(exchange->deadline);
	http_response_fini(&exchange->response);
	free(exchange);
}

bool
wan_exchange_again(
    struct wan_exchange *exchange, const struct wan_request *request)
{
	if (exchange->state != IDLE || exchange->bev == NULL)
		return false;
	print_request(exchange, request);
	begin_asking(exchange);
	return true;
}

bool
wan_exchange_was_stale(const struct wan_exchange *exchange)
{
	return exchange->is_kept && !exchange->has_answered;
}

bool
wan_exchange_has_reached(const struct wan_exchange *exchange)
{
	return exchange->has_reached;
}

int
wan_exchange_send(struct wan_exchange *exchange, struct bytes bytes)
{
	if (exchange->state != STREAMING ||
	    wan_exchange_queued(exchange) + bytes.len > WAN_EXCHANGE_QUEUE_MAX)
		return -ENOBUFS;
	bufferevent_write(exchange->bev, bytes.data, bytes.len);
	return 0;
}

size_t
wan_exchange_queued(const struct wan_exchange *exchange)
{
	if (exchange->bev == NULL)
		return 0;
	return evbuffer_get_length(bufferevent_get_output(exchange->bev));
}

int
wan_exchange_fd(const struct wan_exchange *exchange)
{
	return exchange->bev != NULL ? bufferevent_getfd(exchange->bev) : -1;
}
