/*
 * router: every request comes through here. A table says what there is, how
 * it may be asked, and for whom.
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_RENDEZVOUS_ROUTER_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_RENDEZVOUS_ROUTER_H

#include "goop-rendezvousd/service/rendezvous_state.h"

/* How something may be asked. */
enum route_methods {
	ROUTE_ANY,  /* every method */
	ROUTE_READ, /* GET and HEAD */
	ROUTE_GET,
	ROUTE_POST
};

struct route {
	const char *path; /* ends with '/': everything beneath */
	enum route_methods methods;
	bool is_admin; /* for who knows the password */
	void (*serve)(struct rendezvous *, struct http_request *);
};

/* The route of a path, NULL if there is none. */
const struct route *router_find(struct bytes path);

/* May it be asked so? If not, *ret_allow says how. */
bool router_allows(
    const struct route *, enum http_method, const char **ret_allow);

/* An http_handler_fn; arg is the rendezvous. */
void router_handle(struct http_request *, void *arg);

#endif
