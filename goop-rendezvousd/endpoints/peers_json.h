/*
 * peers_json: GET /peers.json, the table as a list (reference 1.2). It may be
 * long: it leaves in parts, and the server does other things in between.
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_PEERS_JSON_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_PEERS_JSON_H

#include "goop-rendezvousd/service/rendezvous_state.h"

void serve_peers(struct rendezvous *, struct http_request *);

#endif
