/*
 * viewer_router: the handler of all requests: checks host, user and origin,
 * then passes the request on by its path.
 */
#ifndef GOOP_VIEWERD_ROUTES_VIEWER_ROUTER_H
#define GOOP_VIEWERD_ROUTES_VIEWER_ROUTER_H

#include "goop-viewerd/routes/viewer_state.h"

/* An http_handler_fn; arg is the viewer. */
void router_handle(struct http_request *, void *arg);

#endif
