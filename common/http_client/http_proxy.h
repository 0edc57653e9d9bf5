/*
 * http_proxy: through which HTTP proxy a server is reached, as the environment
 * says: http_proxy for http, https_proxy (HTTPS_PROXY) for https, all_proxy
 * (ALL_PROXY) for both, no_proxy (NO_PROXY) for exceptions. Servers on this
 * machine are reached directly. HTTP_PROXY is not read, as with curl: a web
 * server sets it for its CGI programs from a request's header "Proxy".
 */
#ifndef COMMON_HTTP_CLIENT_HTTP_PROXY_H
#define COMMON_HTTP_CLIENT_HTTP_PROXY_H

#include "common/http/syntax/http_url.h"

enum { HTTP_PROXY_NONE = 1 };

typedef const char *http_environment_fn(const char *name);

/* The proxy in *ret, an http URL whose path is ignored: 0; HTTP_PROXY_NONE:
 * none is to be used; -EINVAL: what the environment names is no http proxy. */
int http_proxy_find(http_environment_fn *environment, const struct http_url *,
    struct http_url *ret);

#endif
