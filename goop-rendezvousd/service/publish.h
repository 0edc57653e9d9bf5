/*
 * exchange: what peers say goes through here to those who listen: limits,
 * check, roster, hub, hints, journal.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_PUBLISH_H
#define GOOP_RENDEZVOUSD_SERVICE_PUBLISH_H

#include "goop-rendezvousd/rendezvous.h"

/* What became of a message: a status of POST /publish and, unless it is 204,
 * the sentence. */
struct exchange_answer {
	int status;
	unsigned int retry_s; /* of 429 and 503 */
	const char *why;      /* valid until the next message */
};

/* A message came, by POST (session is NULL) or on a WebSocket. */
struct exchange_answer exchange_hear(struct rendezvous *, struct bytes json,
    const struct client_address *from, struct roster_session *session);

/* For the roster; arg is the rendezvous. */
extern const struct roster_user exchange_roster_user;

#endif
