/*
 * server_tls: https with presence.tls_cert and presence.tls_key; without them
 * plain http, and a decoy for clients of the original that try TLS on every
 * port (tls_decoy.h).
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_SERVER_TLS_H
#define GOOP_RENDEZVOUSD_SERVICE_SERVER_TLS_H

#include "common/daemon/daemon.h"
#include "common/http/server/http_server.h"

enum { SERVER_TLS_PATHS = 4 };

struct server_tls {
	struct http_tls *tls;    /* NULL: plain http */
	struct tls_decoy *decoy; /* NULL: https */
	/* Paths that must stay readable in the sandbox, for renewals. */
	char *paths[SERVER_TLS_PATHS];
	size_t count;
};

/* Load the configured files, before the sandbox. 0; -EKEYREJECTED or another
 * error after logging what is wrong. */
int server_tls_open(const struct daemon_context *, struct server_tls *ret);
void server_tls_close(struct server_tls *);

/* Make a server use it; before its first listener. */
void server_tls_apply(struct server_tls *, struct http_server *);

#endif
