#include "common/http/server/http_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/http/server/http_connection.h"
#include "common/http/syntax/http_framing.h"
#include "common/http/syntax/http_status.h"
#include "common/http/syntax/http_target.h"

COUNTER(http_requests, "HTTP requests");
COUNTER(http_requests_ambiguous,
    "HTTP requests refused for an unclear end, host or target");

/* --- requests */

static enum http_method
method_of(struct evhttp_request *req)
{
	switch (evhttp_request_get_command(req)) {
	case EVHTTP_REQ_GET:
		return HTTP_METHOD_GET;
	case EVHTTP_REQ_HEAD:
		return HTTP_METHOD_HEAD;
	case EVHTTP_REQ_POST:
		return HTTP_METHOD_POST;
	default:
		return HTTP_METHOD_OTHER;
	}
}

/* What evhttp reads a body for. */
static bool
takes_body(struct evhttp_request *req)
{
	switch (evhttp_request_get_command(req)) {
	case EVHTTP_REQ_GET:
	case EVHTTP_REQ_POST:
	case EVHTTP_REQ_PUT:
	case EVHTTP_REQ_PATCH:
	case EVHTTP_REQ_DELETE:
	case EVHTTP_REQ_OPTIONS:
	case EVHTTP_REQ_CONNECT:
		return true;
	default:
		return false;
	}
}

/* The host of a URL takes the place of the one in the header (RFC 9112,
 * 3.2.2). */
static bool
take_target(struct http_request *request)
{
	struct evkeyvalq *headers =
	    evhttp_request_get_input_headers(request->req);
	struct http_target target;

	if (http_target_parse(evhttp_request_get_uri(request->req), &target) <
	    0)
		return false;
	request->path = (struct bytes){ (const uint8_t *)target.path,
		strcspn(target.path, "?#") };
	if (target.authority[0] == '\0')
		return true;
	evhttp_remove_header(headers, "Host");
	return evhttp_add_header(headers, "Host", target.authority) == 0;
}

/* Its framing is judged as it came. */
static bool
is_sound(struct http_request *request)
{
	struct evhttp_request *req = request->req;

	return req->major == 1 &&
	       http_framing_is_sound(evhttp_request_get_input_headers(req),
		   (struct http_framing_rules){
		       takes_body(req), req->minor > 0 }) &&
	       take_target(request);
}

/* A request is served: the connection waits for its next one. */
static void
on_complete(struct evhttp_request *req, void *arg)
{
	(void)req;
	http_connection_idle(arg);
}

/* Our part is over; evhttp may still be flushing. */
static void
request_free(struct http_request *request)
{
	http_connection_answered(request->connection);
	free(request);
}

static void
on_request_gone(struct http_request *request)
{
	void (*on_gone)(void *) = request->on_gone;
	void *arg = request->gone_arg;

	/* evhttp detaches a request that is still ours when the network
	 * failed; when we free the connection, it frees the request. */
	if (evhttp_request_get_connection(request->req) == NULL)
		evhttp_request_free(request->req);
	request_free(request);
	if (on_gone != NULL)
		on_gone(arg);
}

void
http_request_begin(struct evhttp_request *req, void *arg)
{
	struct http_server *server = arg;
	struct http_request *request = xzalloc(sizeof(*request));

	request->connection =
	    http_connection_find(server, evhttp_request_get_connection(req));
	if (request->connection == NULL)
		bug("http: a request without a connection");
	counter_add(&http_requests, 1);
	request->req = req;
	request->method = method_of(req);
	http_connection_answer(request->connection, request, on_request_gone);
	evhttp_request_set_on_complete_cb(
	    req, on_complete, request->connection);
	if (!is_sound(request)) {
		counter_add(&http_requests_ambiguous, 1);
		http_close_after(request);
		http_reply_static(request, 400, "text/plain; charset=utf-8",
		    bytes_of("bad request\n"));
		return;
	}
	server->handler(request, server->arg);
}

enum http_method
http_request_method(const struct http_request *request)
{
	return request->method;
}

struct bytes
http_request_path(const struct http_request *request)
{
	return request->path;
}

const char *
http_request_query(const struct http_request *request)
{
	const char *end = (const char *)request->path.data + request->path.len;

	return *end == '?' ? end + 1 : NULL;
}

const char *
http_request_header(const struct http_request *request, const char *name)
{
	return evhttp_find_header(
	    evhttp_request_get_input_headers(request->req), name);
}

char *
http_request_header_joined(const struct http_request *request, const char *name)
{
	const struct evkeyval *header;
	char *joined = NULL, *longer;

	TAILQ_FOREACH (
	    header, evhttp_request_get_input_headers(request->req), next) {
		if (evutil_ascii_strcasecmp(header->key, name) != 0)
			continue;
		longer = joined == NULL
			     ? xstrdup(header->value)
			     : xasprintf("%s, %s", joined, header->value);
		free(joined);
		joined = longer;
	}
	return joined;
}

struct bytes
http_request_body(struct http_request *request)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(request->req);

	return (struct bytes){ evbuffer_pullup(input, -1),
		evbuffer_get_length(input) };
}

int
http_request_fd(const struct http_request *request)
{
	return bufferevent_getfd(request->connection->bev);
}

int *
http_request_connection_note(struct http_request *request)
{
	return &request->connection->note;
}

void
http_request_on_gone(
    struct http_request *request, void (*on_gone)(void *arg), void *arg)
{
	request->on_gone = on_gone;
	request->gone_arg = arg;
}

/* --- answers */

int
http_header(struct http_request *request, const char *name, const char *value)
{
	const char *at;

	for (at = value; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return -EINVAL;
	}
	evhttp_add_header(
	    evhttp_request_get_output_headers(request->req), name, value);
	return 0;
}

void
http_close_after(struct http_request *request)
{
	(void)http_header(request, "Connection", "close");
	/* evhttp keeps the connection of a CONNECT, and of some proxies. */
	request->connection->closes = true;
}

static bool
has_body(const struct http_request *request, int status)
{
	return request->method != HTTP_METHOD_HEAD && status != 304 &&
	       status != 204;
}

static void
put_length(struct http_request *request, int status, uint64_t length)
{
	char text[24];

	if (status == 304 || status == 204)
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)length);
	(void)http_header(request, "Content-Length", text);
}

static void
reply(struct http_request *request, int status, const char *type, size_t length,
    struct evbuffer *body)
{
	struct evhttp_request *req = request->req;

	if (type != NULL)
		(void)http_header(request, "Content-Type", type);
	put_length(request, status, length);
	request_free(request);
	evhttp_send_reply(req, status, http_reason(status), body);
	evbuffer_free(body);
}

void
http_reply(struct http_request *request, int status, const char *type,
    struct bytes body)
{
	struct evbuffer *buffer = xcheck(evbuffer_new());

	if (has_body(request, status) && body.len > 0)
		evbuffer_add(buffer, body.data, body.len);
	reply(request, status, type, body.len, buffer);
}

void
http_reply_static(struct http_request *request, int status, const char *type,
    struct bytes body)
{
	struct evbuffer *buffer = xcheck(evbuffer_new());

	if (has_body(request, status) && body.len > 0)
		evbuffer_add_reference(buffer, body.data, body.len, NULL, NULL);
	reply(request, status, type, body.len, buffer);
}

void
http_stream_begin(struct http_request *request, int status, int64_t length)
{
	struct evhttp_request *req = request->req;

	request->streams = true;
	request->may_have_body = has_body(request, status);
	if (length >= 0) {
		put_length(request, status, (uint64_t)length);
	} else if (req->minor == 0) {
		/* HTTP/1.0 has no chunks: the end of the connection ends the
		 * body, even with keep-alive. */
		evhttp_remove_header(req->input_headers, "Connection");
		http_close_after(request);
	}
	evhttp_send_reply_start(req, status, http_reason(status));
}

static void
on_written(struct evhttp_connection *evcon, void *arg)
{
	struct http_connection *connection = arg;
	struct http_request *request = connection->request;
	void (*on_sent)(void *);

	(void)evcon;
	if (request == NULL || request->on_sent == NULL)
		return;
	on_sent = request->on_sent;
	request->on_sent = NULL;
	on_sent(request->sent_arg);
}

void
http_stream_write(struct http_request *request, struct evbuffer *data,
    void (*on_sent)(void *arg), void *arg)
{
	if (!request->may_have_body || evbuffer_get_length(data) == 0)
		bug("http: nothing to write, or nowhere");
	request->on_sent = on_sent;
	request->sent_arg = arg;
	evhttp_send_reply_chunk_with_cb(
	    request->req, data, on_written, request->connection);
}

size_t
http_stream_queued(const struct http_request *request)
{
	return evbuffer_get_length(
	    bufferevent_get_output(request->connection->bev));
}

void
http_stream_end(struct http_request *request)
{
	struct evhttp_request *req = request->req;

	request_free(request);
	evhttp_send_reply_end(req);
}

void
http_stream_abort(struct http_request *request)
{
	struct evhttp_connection *evcon = request->connection->evcon;

	request->on_gone = NULL;
	evhttp_connection_free(evcon);
}
