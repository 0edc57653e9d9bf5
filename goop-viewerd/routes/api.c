#include "goop-viewerd/routes/api.h"

#include <stdlib.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "goop-viewerd/answers/answer_headers.h"
#include "goop-viewerd/answers/error_page.h"
#include "goop-viewerd/answers/json_reply.h"
#include "goop-viewerd/feeds/log_feed.h"
#include "goop-viewerd/feeds/peer_feed.h"
#include "goop-viewerd/routes/data_handler.h"
#include "goop-viewerd/routes/invitation.h"
#include "goop-viewerd/routes/server_join.h"
#include "goop-viewerd/routes/viewer_self.h"
#include "goop-viewerd/settings/settings.h"
#include "common/bus/supervisor_bus.h"

enum { STATUS_MS = 2000 };

/* --- the calls */

static void
get_self(struct viewer *viewer, struct http_request *request)
{
	struct viewer_self self = viewer_self(viewer);

	json_reply(request, &viewer_self_message, &self);
}

static void
get_peers(struct viewer *viewer, struct http_request *request)
{
	peer_feed_reply_list(viewer->peers, request);
}

static void
post_probe(struct viewer *viewer, struct http_request *request)
{
	peer_feed_probe(viewer->peers, request);
}

static void
get_events(struct viewer *viewer, struct http_request *request)
{
	struct sse_reader *reader;

	if (peer_feed_join(viewer->peers, request, &reader) == 0 &&
	    viewer_self_tell_reader(viewer, reader) == 0)
		(void)json_tell_reader(reader, "servers",
		    &servers_reply_message, peer_feed_servers(viewer->peers));
}

static void
get_servers(struct viewer *viewer, struct http_request *request)
{
	json_reply(
	    request, &servers_reply_message, peer_feed_servers(viewer->peers));
}

static void
get_settings(struct viewer *viewer, struct http_request *request)
{
	json_reply(
	    request, &viewer_settings_message, settings_get(viewer->settings));
}

static void
post_settings(struct viewer *viewer, struct http_request *request)
{
	settings_change(viewer->settings, request);
}

static void
get_logs(struct viewer *viewer, struct http_request *request)
{
	log_feed_reply_list(viewer->logs, request);
}

static void
get_log_stream(struct viewer *viewer, struct http_request *request)
{
	log_feed_join(viewer->logs, request);
}

static void
on_gone(void *arg)
{
	struct http_request **slot = arg;

	*slot = NULL;
}

static void
on_status(const struct bus_error *error, const struct supervisor_status *status,
    void *arg)
{
	struct http_request **slot = arg, *request = *slot;

	free(slot);
	if (request == NULL)
		return;
	http_request_on_gone(request, NULL, NULL);
	if (error != NULL)
		error_page_reply_text(request, 503, "%s", error->message);
	else
		json_reply(request, &supervisor_status_message, status);
}

static void
get_status(struct viewer *viewer, struct http_request *request)
{
	struct http_request **slot;

	if (viewer->supervisor == NULL) {
		error_page_reply_text(request, 503,
		    "this peer runs without goop2: see systemctl status");
		return;
	}
	slot = xzalloc(sizeof(*slot));
	*slot = request;
	http_request_on_gone(request, on_gone, slot);
	ask_supervisor_status(
	    viewer->supervisor, NOTHING, STATUS_MS, on_status, slot);
}

/* --- */

static const struct call {
	const char *path;
	enum http_method method;
	void (*handle)(struct viewer *, struct http_request *);
	bool is_stream; /* has no length: no HEAD */
} calls[] = {
	{ "/api/self", HTTP_METHOD_GET, get_self, false },
	{ "/api/peers", HTTP_METHOD_GET, get_peers, false },
	{ "/api/peers/probe", HTTP_METHOD_POST, post_probe, false },
	{ "/api/peers/events", HTTP_METHOD_GET, get_events, true },
	{ "/api/servers", HTTP_METHOD_GET, get_servers, false },
	{ "/api/servers/join", HTTP_METHOD_POST, server_join_handle, false },
	{ "/api/servers/leave", HTTP_METHOD_POST, server_leave_handle, false },
	{ "/api/invitation", HTTP_METHOD_GET, invitation_handle, false },
	{ "/api/invitation/qr.svg", HTTP_METHOD_GET, invitation_qr_handle,
	    false },
	{ "/api/settings/quick/get", HTTP_METHOD_GET, get_settings, false },
	{ "/api/settings/quick", HTTP_METHOD_POST, post_settings, false },
	{ "/api/logs", HTTP_METHOD_GET, get_logs, false },
	{ "/api/logs/stream", HTTP_METHOD_GET, get_log_stream, true },
	{ "/api/status", HTTP_METHOD_GET, get_status, false },
};

static const struct call *
find_call(struct bytes path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if (bytes_equal(path, bytes_of(calls[i].path)))
			return &calls[i];
	}
	return NULL;
}

bool
api_is_call(struct bytes path)
{
	return find_call(path) != NULL;
}

static bool
takes(const struct call *call, enum http_method method)
{
	return method == call->method ||
	       (method == HTTP_METHOD_HEAD && call->method == HTTP_METHOD_GET &&
		   !call->is_stream);
}

void
api_handle(struct viewer *viewer, struct http_request *request)
{
	const struct call *call = find_call(http_request_path(request));

	if (access_is_data(http_request_path(request))) {
		data_handler_handle(viewer, request, answer_headers_owner);
		return;
	}
	if (call == NULL) {
		error_page_reply_text(request, 404, "no such call");
		return;
	}
	if (!takes(call, http_request_method(request))) {
		(void)http_header(request, "Allow",
		    call->method == HTTP_METHOD_POST ? "POST" : "GET");
		error_page_reply_text(request, 405, "method not allowed");
		return;
	}
	call->handle(viewer, request);
}
