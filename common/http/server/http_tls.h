/*
 * http_tls: the TLS side of an https server: certificate and key from files,
 * read again when they change, so that a renewed certificate is used for new
 * connections while the old connections live on. TLS 1.2 and 1.3 (RFC 8446),
 * HTTP/1.1 by ALPN.
 */
#ifndef COMMON_HTTP_SERVER_HTTP_TLS_H
#define COMMON_HTTP_SERVER_HTTP_TLS_H

#include <event2/event.h>
#include <openssl/types.h>

enum { HTTP_TLS_LOOK_MS = 10 * 1000 }; /* between checks of the files */

struct http_tls;

/*
 * Load both files (PEM, absolute paths; the certificate with its chain). 0;
 * or -EINVAL with *why a malloc'd sentence that names the file.
 */
int http_tls_new(struct event_base *, const char *certificate_path,
    const char *key_path, struct http_tls **ret, char **why);
void http_tls_free(struct http_tls *); /* NULL is fine */

/* A session for one client; the caller frees it. */
SSL *http_tls_session(struct http_tls *);

/* Check the files now. */
void http_tls_look(struct http_tls *);

#endif
