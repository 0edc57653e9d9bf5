/*
 * serve_subscribe: GET /events and GET /ws: admits subscribers, and handles the
 * messages of WebSockets.
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_SERVE_SUBSCRIBE_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_SERVE_SUBSCRIBE_H

#include "goop-rendezvousd/service/rendezvous_state.h"

void serve_events(struct rendezvous *, struct http_request *);
void serve_websocket(struct rendezvous *, struct http_request *);

/* For the hub; arg is the rendezvous. */
extern const struct hub_user subscribe_hub_user;

/* For the hints; arg is the rendezvous. */
bool subscribe_tell(
    const struct roster_row *, struct shared_text *text, void *rendezvous);

#endif
