/*
 * rendezvous_router: dispatches every request by a table of routes: path,
 * methods, whether for the administrator only, handler.
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_RENDEZVOUS_ROUTER_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_RENDEZVOUS_ROUTER_H

#include "goop-rendezvousd/service/rendezvous_state.h"

/* The methods of a route. */
enum route_methods {
	ROUTE_ANY,  /* every method */
	ROUTE_READ, /* GET and HEAD */
	ROUTE_GET,
	ROUTE_POST
};

struct route {
	const char *path; /* with a '/' at its end: all paths beneath */
	enum route_methods methods;
	bool is_admin; /* needs the password of the administrator */
	void (*serve)(struct rendezvous *, struct http_request *);
};

/* The route of a path, or NULL. */
const struct route *router_find(struct bytes path);

/* Does the route have this method? If not, *ret_allow lists those it has. */
bool router_allows(
    const struct route *, enum http_method, const char **ret_allow);

/* An http_handler_fn; arg is the rendezvous. */
void router_handle(struct http_request *, void *arg);

#endif
