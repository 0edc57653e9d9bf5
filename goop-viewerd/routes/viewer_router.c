#include "goop-viewerd/routes/viewer_router.h"

#include "common/base/array.h"
#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/http/server/http_asset.h"
#include "goop-viewerd/answers/answer_headers.h"
#include "goop-viewerd/routes/api.h"
#include "goop-viewerd/answers/error_page.h"
#include "goop-viewerd/routes/sdk.h"
#include "goop-viewerd/routes/site_visit.h"
#include "goop-viewerd/answers/viewer_assets.h"

COUNTER(http_hosts_refused, "HTTP requests for foreign hosts");
COUNTER(http_bodies_refused, "HTTP requests with a body over the limit");
COUNTER(http_cross_site_refused, "HTTP requests from pages of other sites");

/* The limit of request bodies, except in the data API. */
enum { PLAIN_BODY_MAX = 64 * 1024 };

static const struct problem nothing_here = { .status = 404,
	.title = "Page not found",
	.advice = "There is nothing at this address. The pages of the viewer "
		  "are Peers, Me, Data and Logs." };

/* --- the owner's origin */

static bool
reads(const struct http_request *request)
{
	enum http_method method = http_request_method(request);

	return method == HTTP_METHOD_GET || method == HTTP_METHOD_HEAD;
}

static void
refuse_method(struct http_request *request, const char *allow)
{
	(void)http_header(request, "Allow", allow);
	error_page_reply_text(request, 405, "method not allowed");
}

static void
redirect_home(struct http_request *request)
{
	if (!reads(request)) {
		refuse_method(request, "GET, HEAD");
		return;
	}
	answer_headers_owner(request);
	(void)http_header(request, "Location", "/peers");
	http_reply(request, 302, NULL, (struct bytes){ NULL, 0 });
}

/* "/peers" and "/assets/peers.css"; NULL if no such file. */
static const struct http_asset *
asset_at(struct bytes path)
{
	static const struct {
		const char *path, *name;
	} pages[] = {
		{ "/peers", "peers.html" },
		{ "/self", "self.html" },
		{ "/join", "join.html" },
		{ "/data", "data.html" },
		{ "/logs", "logs.html" },
		{ "/favicon.ico", "icon.svg" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		if (bytes_equal(path, bytes_of(pages[i].path)))
			return http_asset_find(
			    viewer_assets, bytes_of(pages[i].name));
	}
	return bytes_skip(&path, "/assets/")
		   ? http_asset_find(viewer_assets, path)
		   : NULL;
}

static void
serve_asset(struct http_request *request, struct bytes path)
{
	const struct http_asset *asset = asset_at(path);

	if (asset == NULL) {
		error_page_reply(request, &nothing_here);
	} else if (!reads(request)) {
		refuse_method(request, "GET, HEAD");
	} else {
		answer_headers_owner(request);
		http_asset_serve(request, asset);
	}
}

static void
serve_sdk(struct http_request *request)
{
	if (reads(request))
		sdk_serve(request, answer_headers_owner);
	else
		refuse_method(request, "GET, HEAD");
}

static void
serve_owner(struct viewer *viewer, struct http_request *request,
    const struct access *access, const struct http_fetch *fetch)
{
	struct bytes path = http_request_path(request);

	if (access_is_site_file(path))
		site_visit_from_owner(viewer, request, access, fetch);
	else if (access_is_api(path))
		api_handle(viewer, request);
	else if (bytes_equal(path, bytes_of("/")))
		redirect_home(request);
	else if (bytes_skip(&path, "/sdk/"))
		serve_sdk(request);
	else
		serve_asset(request, path);
}

/* --- who may come in at all */

static void
refuse_host(struct viewer *viewer, struct http_request *request)
{
	counter_add(&http_hosts_refused, 1);
	log_stranger("http request refused reason=host");
	http_close_after(request);
	error_page_reply_text(request, 421,
	    "this is not the address of the viewer: use %s",
	    viewer->origin.url);
}

static void
refuse_user(struct http_request *request)
{
	static const struct problem stranger = { .status = 403,
		.title = "This viewer belongs to another user",
		.advice = "It answers only the user who started it and the "
			  "users that viewer.allow_users in goop.json lists." };

	http_close_after(request);
	error_page_reply(request, &stranger);
}

static void
refuse_request(struct http_request *request, enum access_verdict verdict)
{
	counter_add(&http_cross_site_refused, 1);
	log_stranger("http request refused reason=cross-site");
	switch (verdict) {
	case ACCESS_NOT_JSON:
		error_page_reply_text(
		    request, 415, "the content type must be application/json");
		break;
	case ACCESS_SERVICE_WORKER:
		error_page_reply_text(request, 403,
		    "service workers are not allowed: a visit leaves nothing "
		    "behind");
		break;
	default:
		error_page_reply_text(
		    request, 403, "not allowed for pages of other sites");
	}
}

static bool
is_too_much(struct http_request *request)
{
	return http_request_body(request).len > PLAIN_BODY_MAX &&
	       !access_is_data(http_request_path(request));
}

static void
refuse_body(struct http_request *request)
{
	counter_add(&http_bodies_refused, 1);
	http_close_after(request);
	error_page_reply_text(request, 413, "the request is too large");
}

static struct http_fetch
fetch_of(struct http_request *request)
{
	return (struct http_fetch){
		.site = http_request_header(request, "Sec-Fetch-Site"),
		.mode = http_request_header(request, "Sec-Fetch-Mode"),
		.dest = http_request_header(request, "Sec-Fetch-Dest"),
		.origin = http_request_header(request, "Origin"),
		.content_type = http_request_header(request, "Content-Type"),
		.has_body = http_request_body(request).len > 0,
	};
}

void
router_handle(struct http_request *request, void *arg)
{
	struct viewer *viewer = arg;
	struct access access = access_of_host(
	    &viewer->origin.names, http_request_header(request, "Host"));
	struct http_fetch fetch = fetch_of(request);
	enum access_verdict verdict;

	if (access.realm == ACCESS_FOREIGN) {
		refuse_host(viewer, request);
		return;
	}
	if (!local_users_admits(viewer->local_users, request)) {
		refuse_user(request);
		return;
	}
	verdict = access_judge(&access, &fetch, http_request_method(request),
	    http_request_path(request),
	    http_request_header(request, "Service-Worker") != NULL);
	if (verdict != ACCESS_GRANTED)
		refuse_request(request, verdict);
	else if (is_too_much(request))
		refuse_body(request);
	else if (access.realm == ACCESS_SITE)
		site_visit_at_site(viewer, request, &access, &fetch);
	else
		serve_owner(viewer, request, &access, &fetch);
}
