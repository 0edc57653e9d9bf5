/*
 * peers_json: GET /peers.json, the roster as a JSON list. It may be long: it is
 * sent in parts, with other events in between.
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_PEERS_JSON_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_PEERS_JSON_H

#include "goop-rendezvousd/service/rendezvous_state.h"

void serve_peers(struct rendezvous *, struct http_request *);

#endif
