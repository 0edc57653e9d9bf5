/*
 * server_tls: https by presence.tls_cert and presence.tls_key; without them
 * plain http, and an answer to TLS clients of the original that try it there
 * nevertheless (tls_decoy.h).
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_SERVER_TLS_H
#define GOOP_RENDEZVOUSD_SERVICE_SERVER_TLS_H

#include "common/daemon/daemon.h"
#include "common/http/server/http_server.h"

enum { SERVER_TLS_PATHS = 4 };

struct server_tls {
	struct http_tls *tls;    /* NULL: plain http */
	struct tls_decoy *decoy; /* NULL: https */
	/* What must stay readable behind the sandbox, for renewals. */
	char *paths[SERVER_TLS_PATHS];
	size_t count;
};

/* Load what the configuration names, before the sandbox. 0; -EKEYREJECTED or
 * another error after having logged what is wrong. */
int server_tls_open(const struct daemon_context *, struct server_tls *ret);
void server_tls_close(struct server_tls *);

/* Make a server speak it; before its first listener. */
void server_tls_apply(struct server_tls *, struct http_server *);

#endif
