/*
 * invitation: a link with which this peer invites others to its rendezvous
 * server. The page behind it is the server's; what stands behind the '#' is
 * read by the page's script alone.
 */
#ifndef GOOP_VIEWERD_ROUTES_INVITATION_H
#define GOOP_VIEWERD_ROUTES_INVITATION_H

#include "goop-viewerd/routes/viewer_state.h"

/* GET /api/invitation: the link, or why there is none. */
void invitation_handle(struct viewer *, struct http_request *);

/* GET /api/invitation/qr.svg: the link as a QR code; 404 without a link. */
void invitation_qr_handle(struct viewer *, struct http_request *);

#endif
