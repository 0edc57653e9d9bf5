/* server_join: the rendezvous server of this peer, joined and left from a
 * page. */
#ifndef GOOP_VIEWERD_ROUTES_SERVER_JOIN_H
#define GOOP_VIEWERD_ROUTES_SERVER_JOIN_H

#include "goop-viewerd/routes/viewer_state.h"

/* POST /api/servers/join: goop-discoveryd tries the server; then it is saved
 * and used. */
void server_join_handle(struct viewer *, struct http_request *);

/* POST /api/servers/leave */
void server_leave_handle(struct viewer *, struct http_request *);

#endif
