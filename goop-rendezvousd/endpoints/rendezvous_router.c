#include "goop-rendezvousd/endpoints/rendezvous_router.h"

#include <string.h>

#include "goop-rendezvousd/endpoints/admin_page.h"
#include "goop-rendezvousd/endpoints/answer.h"
#include "goop-rendezvousd/endpoints/peers_json.h"
#include "goop-rendezvousd/endpoints/public_page.h"
#include "goop-rendezvousd/endpoints/relay_info.h"
#include "goop-rendezvousd/endpoints/serve_publish.h"
#include "goop-rendezvousd/endpoints/serve_pulse.h"
#include "goop-rendezvousd/endpoints/serve_subscribe.h"

/* --- small answers that programs ask for */

/* Is the server there? */
static void
serve_health(struct rendezvous *rendezvous, struct http_request *request)
{
	(void)rendezvous;
	(void)http_header(request, "Cache-Control", "no-store");
	http_reply_static(
	    request, 200, "text/plain; charset=utf-8", bytes_of("ok"));
}

/* Peers of the original ask this before they install a template, and take
 * every other answer for a refusal. */
static void
serve_spend(struct rendezvous *rendezvous, struct http_request *request)
{
	(void)rendezvous;
	answer_json(request, bytes_of("{\"balance\":0,\"owned\":true}\n"));
}

/* --- routes */

/* clang-format off */
static const struct route routes[] = {
	/* the protocol */
	{ "/publish",            ROUTE_POST, false, serve_publish },
	{ "/events",             ROUTE_GET,  false, serve_events },
	{ "/ws",                 ROUTE_ANY,  false, serve_websocket },
	{ "/healthz",            ROUTE_ANY,  false, serve_health },
	{ "/relay",              ROUTE_READ, false, serve_relay },
	{ "/api/pulse",          ROUTE_POST, false, serve_pulse },
	{ "/api/capabilities",   ROUTE_ANY,  false, serve_capabilities },
	{ "/api/credits/spend",  ROUTE_POST, false, serve_spend },
	/* public pages */
	{ "/",                   ROUTE_READ, false, serve_index },
	{ "/join",               ROUTE_READ, false, serve_join },
	{ "/docs",               ROUTE_READ, false, serve_docs },
	{ "/docs/",              ROUTE_READ, false, serve_docs_moved },
	{ "/api/online",         ROUTE_READ, false, serve_online },
	{ "/assets/",            ROUTE_READ, false, serve_asset },
	{ "/favicon.ico",        ROUTE_READ, false, serve_icon },
	/* for the administrator */
	{ "/admin",              ROUTE_READ, true,  serve_admin },
	{ "/admin/status.json",  ROUTE_READ, true,  serve_admin_status },
	{ "/peers.json",         ROUTE_READ, true,  serve_peers },
	{ "/logs.json",          ROUTE_READ, true,  serve_logs },
	{ "/metrics",            ROUTE_READ, true,  serve_metrics },
	{ NULL,                  ROUTE_ANY,  false, NULL },
};
/* clang-format on */

const struct route *
router_find(struct bytes path)
{
	const struct route *route;
	struct bytes rest;
	size_t len;

	for (route = routes; route->path != NULL; route++) {
		rest = path;
		len = strlen(route->path);
		if (bytes_skip(&rest, route->path) &&
		    (rest.len == 0 || (len > 1 && route->path[len - 1] == '/')))
			return route;
	}
	return NULL;
}

bool
router_allows(
    const struct route *route, enum http_method method, const char **ret_allow)
{
	static const char *const allow[] = {
		[ROUTE_READ] = "GET, HEAD",
		[ROUTE_GET] = "GET",
		[ROUTE_POST] = "POST",
	};

	switch (route->methods) {
	case ROUTE_READ:
		if (method == HTTP_METHOD_HEAD)
			return true;
		/* fall through */
	case ROUTE_GET:
		if (method == HTTP_METHOD_GET)
			return true;
		break;
	case ROUTE_POST:
		if (method == HTTP_METHOD_POST)
			return true;
		break;
	default:
		return true;
	}
	*ret_allow = allow[route->methods];
	return false;
}

void
router_handle(struct http_request *request, void *arg)
{
	struct rendezvous *rendezvous = arg;
	const struct route *route = router_find(http_request_path(request));
	const char *allow;

	answer_begin(request);
	if (route == NULL)
		answer_text(request, 404, "404 page not found");
	else if (!router_allows(route, http_request_method(request), &allow))
		answer_method(request, allow);
	else if (!route->is_admin || admin_page_admits(rendezvous, request))
		route->serve(rendezvous, request);
}
