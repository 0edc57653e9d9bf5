/* endpoints: the small answers that programs ask for (reference 1.1, 1.6). */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_SMALL_ENDPOINTS_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_SMALL_ENDPOINTS_H

#include "goop-rendezvousd/service/rendezvous_state.h"

/* Are we there? */
void serve_health(struct rendezvous *, struct http_request *);

/* Which optional services there are: none. */
void serve_capabilities(struct rendezvous *, struct http_request *);

/* Peers of the original ask this before they install a template, and take
 * every other answer for a refusal. */
void serve_spend(struct rendezvous *, struct http_request *);

/* There is no relay. */
void serve_relay(struct rendezvous *, struct http_request *);

#endif
