#include "goop-viewerd/routes/server_join.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/bus/discovery_bus.h"
#include "common/http/syntax/server_address.h"
#include "goop-viewerd/answers/error_page.h"
#include "goop-viewerd/feeds/peer_feed.h"
#include "goop-viewerd/settings/settings.h"
#include "proto/field_json.h"

enum { TRY_MS = 40000 }; /* more than goop-discoveryd takes */

/* A server that is being tried. */
struct join_call {
	struct viewer *viewer;
	struct http_request *request; /* NULL: the client is gone */
	char url[SERVER_ADDRESS_TEXT_SIZE];
};

static void
on_gone(void *arg)
{
	struct join_call *call = arg;

	call->request = NULL;
}

static void
join_call_free(struct join_call *call)
{
	explicit_bzero(call, sizeof(*call)); /* the login */
	free(call);
}

/* Whoever left meanwhile did not see what it would have led to. */
static void
on_tried(
    const struct bus_error *error, const struct server_tried *tried, void *arg)
{
	struct join_call *call = arg;
	struct http_request *request = call->request;

	if (request != NULL)
		http_request_on_gone(request, NULL, NULL);
	if (request == NULL)
		;
	else if (error != NULL)
		error_page_reply_text(request, 503, "%s", error->message);
	else if (tried->wrong != NULL)
		error_page_reply_text(request, 502, "%s. %s", tried->wrong,
		    tried->advice != NULL ? tried->advice : "");
	else
		settings_change_server(
		    call->viewer->settings, request, call->url);
	join_call_free(call);
}

static void
try(struct viewer *viewer, struct http_request *request,
    const struct server_address *address)
{
	struct join_call *call = xzalloc(sizeof(*call));
	struct server_ref ref = { call->url };

	call->viewer = viewer;
	call->request = request;
	memcpy(call->url, address->text, sizeof(call->url));
	http_request_on_gone(request, on_gone, call);
	ask_discovery_try_server(
	    peer_feed_client(viewer->peers), &ref, TRY_MS, on_tried, call);
}

void
server_join_handle(struct viewer *viewer, struct http_request *request)
{
	struct server_address address;
	struct server_ref ref;
	const char *wrong;

	if (message_decode_json(&server_ref_message, http_request_body(request),
		&ref, NULL) < 0) {
		error_page_reply_text(
		    request, 400, "invalid JSON: expected {\"url\"}");
		return;
	}
	wrong = server_address_parse(ref.url, &address);
	if (wrong != NULL)
		error_page_reply_text(request, 400, "The address %s.", wrong);
	else
		try(viewer, request, &address);
	explicit_bzero(&address, sizeof(address));
	message_fini(&server_ref_message, &ref);
}

void
server_leave_handle(struct viewer *viewer, struct http_request *request)
{
	settings_change_server(viewer->settings, request, "");
}
