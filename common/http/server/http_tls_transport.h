/* http_tls_transport: a server's connections through TLS (http_transport.h). */
#ifndef COMMON_HTTP_SERVER_HTTP_TLS_TRANSPORT_H
#define COMMON_HTTP_SERVER_HTTP_TLS_TRANSPORT_H

#include "common/http/server/http_tls.h"
#include "common/http/server/http_transport.h"

/* tls is borrowed. */
struct http_transport http_tls_transport(struct http_tls *tls);

#endif
