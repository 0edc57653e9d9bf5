/*
 * wan_proxy: through which HTTP proxy an https server is reached, as the
 * environment says: https_proxy (HTTPS_PROXY), no_proxy (NO_PROXY). http
 * servers and loopback are reached directly.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_WAN_PROXY_H
#define GOOP_DISCOVERYD_RENDEZVOUS_WAN_PROXY_H

#include "common/http/syntax/http_url.h"

enum { WAN_PROXY_NONE = 1, WAN_PROXY_LOGIN_SIZE = 256 };

struct wan_proxy {
	struct http_url url;              /* http; its path is ignored */
	char login[WAN_PROXY_LOGIN_SIZE]; /* "user:password", or "" */
};

typedef const char *wan_environment_fn(const char *name);

/* 0; WAN_PROXY_NONE: none is to be used; -EINVAL: what the environment says is
 * no proxy we can use. */
int wan_proxy_find(wan_environment_fn *environment, const struct http_url *,
    struct wan_proxy *ret);

#endif
