/* http_wire_tls: a wire through TLS (http_wire.h). */
#ifndef COMMON_HTTP_SERVER_HTTP_WIRE_TLS_H
#define COMMON_HTTP_SERVER_HTTP_WIRE_TLS_H

#include <openssl/types.h>

#include "common/http/server/http_wire.h"

/*
 * Continue a session through another number of its socket: takes fd and one
 * reference of the session, whatever BIOs it had. 0, or -ENOMEM with both
 * untouched.
 */
int http_wire_init_tls(struct http_wire *, int fd, SSL *session);

#endif
