/* http_wire_tls: a wire whose bytes travel through TLS (http_wire.h). */
#ifndef COMMON_HTTP_SERVER_HTTP_WIRE_TLS_H
#define COMMON_HTTP_SERVER_HTTP_WIRE_TLS_H

#include <openssl/types.h>

#include "common/http/server/http_wire.h"

/*
 * Go on with a session over another number of its socket: takes fd and one
 * reference of the session, whatever it read and wrote through before. 0, or
 * -ENOMEM with both untouched.
 */
int http_wire_init_tls(struct http_wire *, int fd, SSL *session);

#endif
