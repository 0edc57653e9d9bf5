#include "goop-viewerd/routes/invitation.h"

#include <string.h>

#include "common/http/syntax/server_address.h"
#include "common/qr_code/qr_code.h"
#include "goop-viewerd/answers/answer_headers.h"
#include "goop-viewerd/answers/error_page.h"
#include "goop-viewerd/answers/json_reply.h"
#include "goop-viewerd/answers/viewer_json.h"
#include "goop-viewerd/feeds/peer_feed.h"
#include "goop-viewerd/goopd/goopd_client.h"

enum { QR_MAX = 64 * 1024 };

/* As others reach it: the own server is known here by an address of this
 * machine. */
static const char *
public_url(const struct viewer *viewer, const struct server_row *row)
{
	return row->is_own ? viewer->context->config->external_url : row->url;
}

/* NULL with *ret filled; or why others cannot be invited there. */
static const char *
judge(const struct viewer *viewer, const struct server_row *row,
    struct server_address *ret)
{
	if (!row->is_connected)
		return "The server is not connected now.";
	if (!row->is_ours)
		return "The server is one of the original Goop2, which has no "
		       "page for invitations.";
	if (server_address_parse(public_url(viewer, row), ret) != NULL)
		return "Others do not know the address of your server: set "
		       "presence.external_url.";
	if (http_url_is_loopback(&ret->url))
		return "The server can be reached on this machine only.";
	return NULL;
}

/* NULL with the link in link; or why there is none. */
static const char *
make_link(const struct viewer *viewer, char link[SERVER_ADDRESS_TEXT_SIZE])
{
	const struct servers_reply *servers = peer_feed_servers(viewer->peers);
	const struct server_row *rows = servers->servers.items;
	const char *self = goopd_client_identity(viewer->goopd)->peer_id;
	const char *why = "Join a rendezvous server first.";
	struct server_address address;
	size_t i;

	if (self == NULL)
		return "The peer is starting.";
	for (i = 0; i < servers->servers.count; i++) {
		why = judge(viewer, &rows[i], &address);
		if (why != NULL)
			continue;
		server_address_invite(&address.url, self, link);
		return NULL;
	}
	return why;
}

void
invitation_handle(struct viewer *viewer, struct http_request *request)
{
	char link[SERVER_ADDRESS_TEXT_SIZE] = "";
	struct viewer_invitation invitation = { .link = link };

	invitation.why = make_link(viewer, link);
	json_reply(request, &viewer_invitation_message, &invitation);
}

void
invitation_qr_handle(struct viewer *viewer, struct http_request *request)
{
	char link[SERVER_ADDRESS_TEXT_SIZE] = "";
	const char *why = make_link(viewer, link);
	struct buffer svg;

	if (why != NULL) {
		error_page_reply_text(request, 404, "%s", why);
		return;
	}
	buffer_init(&svg, QR_MAX);
	if (qr_code_draw(link, &svg) < 0) {
		error_page_reply_text(
		    request, 500, "the link is too long for a QR code");
	} else {
		answer_headers_owner(request);
		(void)http_header(request, "Cache-Control", "no-store");
		http_reply(request, 200, "image/svg+xml", buffer_bytes(&svg));
	}
	buffer_fini(&svg);
}
