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
#include "goop-rendezvousd/service/relay_watch.h"
#include "goop-rendezvousd/service/server_tls.h"

struct visitor;

struct rendezvous {
	struct daemon_context *context;
	struct monotime started;
	int64_t subscribers_max; /* as the limit of files permits */
	int64_t connections_max;
	/* opened before the sandbox */
	struct listeners listeners;
	struct server_tls tls; /* https, or the decoy beside http */
	struct roster *roster;
	struct roster_store *store; /* NULL: memory only */
	struct trusted_proxies proxies;
	/* made in the sandbox */
	struct client_limits *limits;
	struct admin_access *admin;
	struct activity_log *activity;
	struct hub *hub;
	struct punch_hints *hints;
	struct http_server *http;
	struct relay_watch *relay; /* NULL: presence.relay_port is 0 */
	struct history history;
	struct event *tick;
	unsigned int ticks;
	/* of serve_publish.c and serve_subscribe.c */
	struct visitor *visitors;       /* WebSockets, by session */
	struct visitor *opening;        /* without a session yet */
	const struct presence *hearing; /* the message being taken */
	uint64_t heard;                 /* messages taken */
	bool is_stopping;
};

/* The URLs at which the server is reached. */
void rendezvous_urls(const struct rendezvous *, struct connect_urls *ret);

/* The client of a request; trusted proxies are taken into account. */
struct client_address rendezvous_client(
    const struct rendezvous *, struct http_request *);

#endif
