/*
 * tls_trust: whose certificates a client of https believes: the system's store
 * (SSL_CERT_FILE and SSL_CERT_DIR as OpenSSL knows them), checked against the
 * host's name or address (RFC 9110, 4.3.4).
 */
#ifndef COMMON_HTTP_CLIENT_TLS_TRUST_H
#define COMMON_HTTP_CLIENT_TLS_TRUST_H

#include <stdbool.h>

#include <openssl/types.h>

#include "common/http/syntax/http_url.h"

/* Load what the system trusts, while the process still may. 0 or -EIO. Again:
 * load it anew. */
int tls_trust_open(void);

/* Have connections of ctx checked for the host of url. False if tls_trust_open
 * was not called, or memory ran out. */
bool tls_trust_apply(SSL_CTX *ctx, const struct http_url *url);

#endif
