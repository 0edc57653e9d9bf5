/*
 * rendezvous: the server put together: what it owns, from configuration to
 * the end.
 */
#ifndef GOOP_RENDEZVOUSD_RENDEZVOUS_H
#define GOOP_RENDEZVOUSD_RENDEZVOUS_H

#include "common/daemon/daemon.h"
#include "common/http/http_server.h"
#include "goop-rendezvousd/listeners.h"

struct rendezvous {
	struct daemon_context *context;
	struct listeners listeners;
	struct http_server *http;
	struct event *status; /* tells how many are online */
};

extern struct sandbox rendezvous_sandbox;

/* What struct daemon wants. */
int rendezvous_open(struct daemon_context *);
int rendezvous_start(struct daemon_context *);
void rendezvous_stop(struct daemon_context *);

#endif
