/*
 * serve_publish: takes what peers publish, by POST /publish or on a WebSocket,
 * through limits, check and roster to the hub, the hints and the activity log.
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_SERVE_PUBLISH_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_SERVE_PUBLISH_H

#include "goop-rendezvousd/service/rendezvous_state.h"

/* The outcome for one message: the status of POST /publish and, unless that is
 * 204, the sentence. */
struct publish_answer {
	int status;
	unsigned int retry_s; /* of 429 and 503 */
	const char *why;      /* valid until the next message */
};

/* Take a message that came by POST (session is NULL) or on a WebSocket. */
struct publish_answer publish_hear(struct rendezvous *, struct bytes json,
    const struct client_address *from, struct roster_session *session);

void serve_publish(struct rendezvous *, struct http_request *);

/* For the roster; arg is the rendezvous. */
extern const struct roster_user publish_roster_user;

#endif
