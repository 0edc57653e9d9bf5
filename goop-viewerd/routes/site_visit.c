#include "goop-viewerd/routes/site_visit.h"

#include <stdio.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goop-viewerd/answers/answer_headers.h"
#include "goop-viewerd/routes/data_handler.h"
#include "goop-viewerd/goopd/goopd_client.h"
#include "goop-viewerd/answers/json_reply.h"
#include "goop-viewerd/answers/error_page.h"
#include "goop-viewerd/site/site_icon.h"
#include "goop-viewerd/routes/api.h"
#include "goop-viewerd/routes/sdk.h"
#include "goop-viewerd/settings/settings.h"
#include "goop-viewerd/site/site_transfer.h"
#include "goop-viewerd/answers/viewer_json.h"

enum { DNS_LABEL_MAX = 63 };

static const struct problem nothing_here = { .status = 404,
	.title = "Page not found",
	.advice = "There is nothing at this address." };

static bool
reads(struct http_request *request)
{
	enum http_method method = http_request_method(request);

	if (method == HTTP_METHOD_GET || method == HTTP_METHOD_HEAD)
		return true;
	(void)http_header(request, "Allow", "GET, HEAD");
	error_page_reply_text(request, 405, "method not allowed");
	return false;
}

/* False: the request has been answered. */
static bool
parse(struct http_request *request, struct visit_path *ret)
{
	static const struct problem no_peer = { .status = 404,
		.title = "Not a peer address",
		.advice = "The address of a site is /p/, a peer id, a slash "
			  "and a path." };
	struct problem bad = error_page_of_bus(BUS_BAD_REQUEST, NULL);
	int rc = visit_path_parse(http_request_path(request), ret);

	if (rc == 0)
		return true;
	error_page_reply(request, rc == VISIT_PATH_NO_PEER ? &no_peer : &bad);
	return false;
}

/* Redirect to the file's address behind the words before. */
static void
redirect(struct http_request *request, int status, const char *before,
    const struct visit_path *path)
{
	const char *query = http_request_query(request);
	CLEANUP_FREE char *location = xasprintf("%s%.*s%s%s", before,
	    path->rest.len > 0 ? (int)path->rest.len : 1,
	    path->rest.len > 0 ? (const char *)path->rest.data : "/",
	    query != NULL ? "?" : "", query != NULL ? query : "");

	answer_headers_owner(request);
	(void)http_header(request, "Location", location);
	(void)http_header(request, "Cache-Control", "no-store");
	http_reply(request, status, NULL, (struct bytes){ NULL, 0 });
}

/* To the one spelling of its id. */
static void
redirect_to_canonical(
    struct http_request *request, const struct visit_path *path)
{
	CLEANUP_FREE char *before = xasprintf("/p/%s", path->peer_text);

	redirect(request, 301, before, path);
}

/* To the root of the site's own origin. */
static void
redirect_to_site(struct viewer *viewer, struct http_request *request,
    const struct visit_path *path, const char *base36)
{
	char origin[128];

	snprintf(origin, sizeof(origin), "http://%s.localhost:%u", base36,
	    viewer->origin.names.port);
	redirect(request, 302, origin, path);
}

void
site_visit_from_owner(struct viewer *viewer, struct http_request *request,
    const struct access *access, const struct http_fetch *fetch)
{
	static const struct problem embedded = { .status = 403,
		.title = "A site cannot be shown here",
		.advice =
		    "Each site has its own address. Open this one in a tab." };
	static const struct site_manner sandboxed = {
		.put_headers = answer_headers_sandbox
	};
	enum access_manner manner = access_site_manner(access, fetch);
	char base36[PEER_ID_BASE36_SIZE];
	struct visit_path path;

	if (!reads(request) || !parse(request, &path))
		return;
	peer_id_print_base36(&path.peer, base36);
	/* The id of a long key does not fit a host name: serve it sandboxed. */
	if (manner == ACCESS_REDIRECT && strlen(base36) > DNS_LABEL_MAX)
		manner = ACCESS_SANDBOXED;
	if (manner == ACCESS_REFUSED)
		error_page_reply(request, &embedded);
	else if (manner == ACCESS_REDIRECT)
		redirect_to_site(viewer, request, &path, base36);
	else if (!path.is_canonical)
		redirect_to_canonical(request, &path);
	else
		site_transfer_start(
		    viewer->transfers, request, &path, &sandboxed);
}

/* --- at a site's origin */

/* A site learns only id and label of its visitor. */
static void
reply_self(struct viewer *viewer, struct http_request *request)
{
	struct viewer_self_for_site self = {
		viewer_text(goopd_client_identity(viewer->goopd)->peer_id),
		viewer_text(settings_get(viewer->settings)->label),
	};

	json_reply(request, &viewer_self_for_site_message, &self);
}

static void
transfer(struct viewer *viewer, struct http_request *request,
    const struct visit_path *path, const struct http_fetch *fetch)
{
	const struct site_manner manner = {
		.put_headers = answer_headers_site,
		.is_page = http_fetch_is_page(fetch),
		.is_icon =
		    path->at_root && strcmp(path->path, SITE_ICON_PATH) == 0,
	};

	site_transfer_start(viewer->transfers, request, path, &manner);
}

/* /p/<peer id>/<path> */
static void
serve_by_path(struct viewer *viewer, struct http_request *request,
    const struct access *access, const struct http_fetch *fetch)
{
	struct visit_path path;

	if (!parse(request, &path))
		return;
	if (!peer_id_equal(&path.peer, &access->site))
		error_page_reply(request, &nothing_here);
	else if (!path.is_canonical)
		redirect_to_canonical(request, &path);
	else
		transfer(viewer, request, &path, fetch);
}

/* /<path>, unless it is reserved. */
static void
serve_at_root(struct viewer *viewer, struct http_request *request,
    const struct access *access, const struct http_fetch *fetch)
{
	struct problem bad = error_page_of_bus(BUS_BAD_REQUEST, NULL);
	struct bytes raw = http_request_path(request);
	struct visit_path path;

	if (api_is_call(raw))
		error_page_reply(request, &nothing_here);
	else if (visit_path_at_root(raw, &access->site, &path) != 0)
		error_page_reply(request, &bad);
	else if (!path.is_canonical)
		redirect(request, 301, "", &path);
	else
		transfer(viewer, request, &path, fetch);
}

void
site_visit_at_site(struct viewer *viewer, struct http_request *request,
    const struct access *access, const struct http_fetch *fetch)
{
	struct bytes path = http_request_path(request);
	enum access_place place = access_place_at_site(access, path);

	if (place == ACCESS_DATA) {
		data_handler_handle(viewer, request, answer_headers_site);
		return;
	}
	if (!reads(request))
		return;
	switch (place) {
	case ACCESS_ROOT:
		serve_at_root(viewer, request, access, fetch);
		break;
	case ACCESS_FILE:
		serve_by_path(viewer, request, access, fetch);
		break;
	case ACCESS_SELF:
		reply_self(viewer, request);
		break;
	case ACCESS_SDK:
		if (sdk_has(path))
			sdk_serve(request, answer_headers_site);
		else
			serve_at_root(viewer, request, access, fetch);
		break;
	default:
		error_page_reply(request, &nothing_here);
	}
}
