/*
 * wan_tls: https as a client: TLS 1.2 or later, the certificate checked
 * against the system's store (SSL_CERT_FILE and SSL_CERT_DIR as OpenSSL knows
 * them) and against the host's name or address (RFC 9110, 4.3.4).
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_WAN_TLS_H
#define GOOP_DISCOVERYD_RENDEZVOUS_WAN_TLS_H

#include <stddef.h>

#include <openssl/types.h>

#include "common/http/syntax/http_url.h"

struct bufferevent;

/* Load what the system trusts, while the process still may. 0 or -EIO. Again:
 * load it anew. */
int wan_tls_open(void);

/* A session with the host of url, to be handed to a bufferevent; is_checked:
 * its certificate. NULL if wan_tls_open was not called, or memory ran out. */
SSL *wan_tls_session(const struct http_url *url, bool is_checked);

/* Why a connection failed, "the certificate ... has expired"; false if not
 * for a reason of TLS. */
bool wan_tls_explain(struct bufferevent *, char *sentence, size_t size);

#endif
