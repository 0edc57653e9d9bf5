#include "goop-viewerd/routes/data_handler.h"

#include <errno.h>
#include <string.h>

#include "common/base/hex.h"
#include "common/base/random.h"
#include "goop-viewerd/data/data_routes.h"
#include "goop-viewerd/data/data_call.h"
#include "goop-viewerd/data/data_export.h"
#include "goop-viewerd/feeds/data_feed.h"
#include "goop-viewerd/answers/error_page.h"

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
	return (method == HTTP_METHOD_GET && route->takes_get) ||
	       (method == HTTP_METHOD_POST && route->takes_post);
}

static void
make_request_id(char text[DATA_REQUEST_ID_SIZE])
{
	uint8_t random[(DATA_REQUEST_ID_SIZE - 1) / 2];

	random_bytes(random, sizeof(random));
	hex_print((struct bytes){ random, sizeof(random) }, text);
}

/* The own database takes a change only once, by its request id, however often
 * it is asked. Of a peer nobody knows. */
static void
start_call(struct viewer *viewer, struct http_request *request,
    const struct data_path *path, const struct data_route *route,
    void (*put_headers)(struct http_request *))
{
	bool owns = is_own(viewer, path);
	bool needs_id = owns && route->manner == DATA_CHANGES;
	struct data_question question = { .peer = owns ? NULL : &path->peer,
		.may_repeat = needs_id || route->manner == DATA_ASKS };
	char request_id[DATA_REQUEST_ID_SIZE];
	struct buffer json;
	const char *why;
	int rc;

	make_request_id(request_id);
	buffer_init(&json, GOOP_DATA_REQUEST_MAX);
	rc = data_routes_translate(route, http_request_body(request),
	    needs_id ? request_id : NULL, &json, &why);
	question.request = buffer_bytes(&json);
	if (rc == -EINVAL)
		data_call_refuse(request, BUS_BAD_REQUEST, why);
	else if (rc < 0)
		data_call_refuse(
		    request, BUS_TOO_LARGE, "the request is too large");
	else
		data_call_start(viewer->data, request, &question, put_headers);
	buffer_fini(&json);
}

static void
start_export(struct viewer *viewer, struct http_request *request,
    void (*put_headers)(struct http_request *))
{
	struct data_export_query what;
	const char *why;

	if (data_routes_parse_export(http_request_query(request), &what, &why) <
	    0)
		data_call_refuse(request, BUS_BAD_REQUEST, why);
	else
		data_export_start(viewer->exports, request, &what, put_headers);
}

void
data_handler_handle(struct viewer *viewer, struct http_request *request,
    void (*put_headers)(struct http_request *))
{
	const struct data_route *route;
	struct data_path path;

	if (data_path_parse(http_request_path(request), &path) != 0) {
		error_page_reply_text(request, 400, "not a peer id");
		return;
	}
	route = data_routes_find(&path);
	if (route == NULL ||
	    (route->manner == DATA_EVENTS && !is_own(viewer, &path))) {
		error_page_reply_text(request, 404, "no such call");
	} else if (!takes(route, http_request_method(request))) {
		(void)http_header(request, "Allow", data_routes_methods(route));
		error_page_reply_text(request, 405, "method not allowed");
	} else if (route->manner == DATA_EVENTS) {
		data_feed_join(viewer->changes, request);
	} else if (route->manner == DATA_EXPORT) {
		start_export(viewer, request, put_headers);
	} else {
		start_call(viewer, request, &path, route, put_headers);
	}
}
