/*
 * wan_connect: a connection to a rendezvous server, ready for HTTP: its name
 * looked up, TCP, through a proxy if the environment says so, TLS for https.
 * Bounded by one deadline for all of it.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_WAN_CONNECT_H
#define GOOP_DISCOVERYD_RENDEZVOUS_WAN_CONNECT_H

#include "goop-discoveryd/rendezvous/wan_address.h"
#include "goop-discoveryd/rendezvous/wan_proxy.h"

struct bufferevent;

enum {
	WAN_CONNECT_MS = 15 * 1000,
	WAN_SENTENCE_SIZE = 256,
	WAN_PATIENCE_FULL = 100,
};

/* How a server is reached; shared by all connections to it. */
struct wan_route {
	struct event_base *base;
	struct http_url url;
	struct wan_proxy proxy;
	int proxy_verdict;       /* of wan_proxy_find */
	struct wan_names *names; /* of the proxy, or else of the server */
	bool is_local;    /* on this machine: no certificate is checked */
	int64_t patience; /* percent of all deadlines; tests have less */
};

/* How long to wait for what has a deadline of ms. */
struct timeval wan_route_wait(const struct wan_route *, int64_t ms);

/* 0 or -errno. */
int wan_route_init(struct wan_route *, struct event_base *,
    const struct http_url *url, wan_environment_fn *environment);
void wan_route_fini(struct wan_route *);

struct wan_connect;

/* A connected bufferevent, the owner's, or NULL and a sentence for people. It
 * is over then, to be freed also from inside. */
typedef void wan_connect_fn(
    struct bufferevent *, const char *sentence, void *arg);

/* Told from the loop, never from inside this call. The route is borrowed. */
struct wan_connect *wan_connect_new(
    struct wan_route *, wan_connect_fn *on_done, void *arg);
void wan_connect_free(struct wan_connect *); /* calls off; NULL is fine */

#endif
