#include "goop-viewerd/routes/data_handler.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/hex.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "goop-viewerd/answers/error_page.h"
#include "goop-viewerd/data/data_export.h"
#include "goop-viewerd/data/data_routes.h"
#include "goop-viewerd/feeds/data_feed.h"

enum { REQUEST_ID_SIZE = 33 }; /* 128 bits in hexadecimal, and a NUL */

/* A page's call that waits for its answer. */
struct data_call {
	struct http_request *request;
	struct data_query *query;
	void (*put_headers)(struct http_request *);
	bool is_begun; /* the browser has our head */
};

/* --- the answer */

static void
on_gone(void *arg)
{
	struct data_call *call = arg;

	data_query_cancel(call->query);
	free(call);
}

/* Returns the request, which the caller answers or ends. */
static struct http_request *
call_finish(struct data_call *call)
{
	struct http_request *request = call->request;

	http_request_on_gone(request, NULL, NULL);
	free(call);
	return request;
}

static void
begin(struct data_call *call, int64_t length)
{
	struct http_request *request = call->request;

	call->put_headers(request);
	(void)http_header(request, "Content-Type", "application/json");
	(void)http_header(request, "Cache-Control", "no-store");
	http_stream_begin(request, 200, length);
	call->is_begun = true;
}

static void
on_sent(void *arg)
{
	struct data_call *call = arg;

	data_query_next(call->query);
}

static void
on_piece(struct evbuffer *piece, int64_t left, void *arg)
{
	static const char line_end = '\n';
	struct data_call *call = arg;
	struct http_request *request = call->request;

	if (!call->is_begun)
		begin(call, (int64_t)evbuffer_get_length(piece) + left + 1);
	if (left > 0) {
		http_stream_write(request, piece, on_sent, call);
		return;
	}
	(void)call_finish(call);
	evbuffer_add(piece, &line_end, 1);
	http_stream_write(request, piece, NULL, NULL);
	http_stream_end(request);
}

static void
on_fail(enum bus_code code, const char *sentence, void *arg)
{
	struct data_call *call = arg;
	bool is_begun = call->is_begun;
	struct http_request *request = call_finish(call);

	if (is_begun)
		http_stream_abort(request);
	else
		data_routes_refuse(request, code, sentence);
}

static void
call_start(struct viewer *viewer, struct http_request *request,
    const struct data_question *question,
    void (*put_headers)(struct http_request *))
{
	static const struct data_listener listener = { on_piece, on_fail };
	struct data_call *call = xzalloc(sizeof(*call));

	call->request = request;
	call->put_headers = put_headers;
	call->query = data_client_ask(viewer->data, question, &listener, call);
	if (call->query == NULL) {
		free(call);
		data_routes_refuse(request, BUS_BUSY, "too many requests");
		return;
	}
	http_request_on_gone(request, on_gone, call);
}

/* --- the request */

static bool
is_own(const struct viewer *viewer, const struct data_path *path)
{
	const char *own = goopd_client_identity(viewer->goopd)->peer_id;
	char peer[PEER_ID_TEXT_SIZE];

	if (!path->names_peer)
		return true;
	peer_id_print(&path->peer, peer);
	return own != NULL && strcmp(own, peer) == 0;
}

static bool
takes(const struct data_route *route, enum http_method method)
{
	return (method == HTTP_METHOD_GET && route->methods & DATA_GET) ||
	       (method == HTTP_METHOD_POST && route->methods & DATA_POST);
}

static void
make_request_id(char text[REQUEST_ID_SIZE])
{
	uint8_t random[(REQUEST_ID_SIZE - 1) / 2];

	random_bytes(random, sizeof(random));
	hex_print((struct bytes){ random, sizeof(random) }, text);
}

/* The own database makes a change once, by its request id, however often it is
 * asked. Whether another peer's does is not known. A call that takes GET needs
 * no body. */
static void
start_call(struct viewer *viewer, struct http_request *request,
    const struct data_path *path, const struct data_route *route,
    void (*put_headers)(struct http_request *))
{
	bool owns = is_own(viewer, path);
	bool needs_id = owns && data_op_changes(route->op);
	char request_id[REQUEST_ID_SIZE];
	struct data_question question = {
		.peer = owns ? NULL : &path->peer,
		.op = route->op,
		.request_id = needs_id ? request_id : NULL,
		.body = http_request_body(request),
		.may_repeat = needs_id ||
			      data_ops[route->op].kind == DATA_KIND_READ ||
			      data_ops[route->op].kind == DATA_KIND_OWNER ||
			      route->methods & DATA_GET,
	};

	make_request_id(request_id);
	if (question.body.len == 0 && route->methods & DATA_GET)
		question.body = bytes_of("{}");
	call_start(viewer, request, &question, put_headers);
}

static void
start_export(struct viewer *viewer, struct http_request *request,
    void (*put_headers)(struct http_request *))
{
	struct data_export_query what;
	const char *why;

	if (data_export_parse(http_request_query(request), &what, &why) < 0)
		data_routes_refuse(request, BUS_BAD_REQUEST, why);
	else
		data_export_start(viewer->exports, request, &what, put_headers);
}

void
data_handler_handle(struct viewer *viewer, struct http_request *request,
    void (*put_headers)(struct http_request *))
{
	struct data_route route;
	struct data_path path;

	if (data_path_parse(http_request_path(request), &path) != 0) {
		error_page_reply_text(request, 400, "not a peer id");
		return;
	}
	if (!data_routes_find(&path, &route) ||
	    (route.kind == DATA_CALL_EVENTS && !is_own(viewer, &path))) {
		error_page_reply_text(request, 404, "no such call");
	} else if (!takes(&route, http_request_method(request))) {
		(void)http_header(
		    request, "Allow", data_routes_methods(&route));
		error_page_reply_text(request, 405, "method not allowed");
	} else if (route.kind == DATA_CALL_EVENTS) {
		data_feed_join(viewer->changes, request);
	} else if (route.kind == DATA_CALL_EXPORT) {
		start_export(viewer, request, put_headers);
	} else {
		start_call(viewer, request, &path, &route, put_headers);
	}
}
