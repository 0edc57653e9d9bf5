/*
 * rendezvous_state: what the server owns, for the endpoints. It is opened,
 * started and stopped by rendezvous.c.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_RENDEZVOUS_STATE_H
#define GOOP_RENDEZVOUSD_SERVICE_RENDEZVOUS_STATE_H

#include "common/daemon/daemon.h"
#include "common/http/server/http_server.h"
#include "goop-rendezvousd/clients/admin_access.h"
#include "goop-rendezvousd/clients/trusted_proxies.h"
#include "goop-rendezvousd/hub/hub.h"
#include "goop-rendezvousd/roster/roster_store.h"
#include "goop-rendezvousd/service/activity_log.h"
#include "goop-rendezvousd/service/connect_urls.h"
#include "goop-rendezvousd/service/history.h"
#include "goop-rendezvousd/service/listeners.h"
#include "goop-rendezvousd/service/punch_hints.h"
#include "goop-rendezvousd/service/server_tls.h"

struct visitor;

struct rendezvous {
	struct daemon_context *context;
	struct monotime started;
	int64_t subscribers_max; /* as many as there can be */
	int64_t connections_max;
	/* open before the sandbox */
	struct listeners listeners;
	struct server_tls tls; /* https, or the decoy beside http */
	struct roster *roster;
	struct roster_store *store; /* NULL: memory only */
	struct trusted_proxies proxies;
	/* behind it */
	struct client_limits *limits;
	struct admin_access *admin;
	struct activity_log *journal;
	struct hub *hub;
	struct punch_hints *hints;
	struct http_server *http;
	struct history history;
	struct event *tick;
	unsigned int ticks;
	/* of exchange.c and subscribe.c */
	struct visitor *visitors; /* WebSockets, by session */
	struct visitor *opening;  /* has no session yet */
	const struct presence *hearing;
	uint64_t heard; /* messages taken */
	bool is_stopping;
};

/* Where others reach us. */
void rendezvous_urls(const struct rendezvous *, struct connect_urls *ret);

/* Who asks, by trusted proxies if there are any. */
struct client_address rendezvous_client(
    const struct rendezvous *, struct http_request *);

#endif
