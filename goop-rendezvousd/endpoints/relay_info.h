/*
 * relay_info: the relay beside this server, as peers ask for it
 * (docs/rendezvous-1.1.md, "Relay") and as the administrator's page shows it.
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_RELAY_INFO_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_RELAY_INFO_H

#include <jansson.h>

#include "common/http/server/http_request.h"
#include "goop-rendezvousd/service/rendezvous_state.h"

/* GET /relay: who the relay is and where; 404 while there is none. */
void serve_relay(struct rendezvous *, struct http_request *);

/* GET /api/capabilities: which optional services there are. */
void serve_capabilities(struct rendezvous *, struct http_request *);

/* Its figures, or null. The caller's. */
json_t *relay_info_figures(const struct rendezvous *);

#endif
