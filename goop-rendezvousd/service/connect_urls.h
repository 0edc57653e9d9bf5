/*
 * connect_urls: the URLs of this server that other machines can reach, best
 * first, from the configuration and the addresses of the interfaces.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_CONNECT_URLS_H
#define GOOP_RENDEZVOUSD_SERVICE_CONNECT_URLS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/http/server/http_listen.h"

enum { CONNECT_URLS_MAX = 8, CONNECT_URL_SIZE = 2048 + 8 };

/* An address of an interface of this machine. */
struct connect_interface {
	const char *name;
	union http_address address;
	bool is_up;
};

/* How the server listens; borrowed. */
struct connect_server {
	const char *external_url; /* "": none */
	union http_address bound; /* as configured, with the port */
	bool is_both;             /* "::" that means 0.0.0.0 as well */
	bool is_tls;
};

enum connect_reach {
	CONNECT_ANYWHERE,   /* presence.external_url says so */
	CONNECT_NETWORK,    /* wherever this machine is reachable */
	CONNECT_HERE_ALONE, /* loopback: this machine only */
	CONNECT_NOWHERE     /* no interface is up: loopback for now */
};

struct connect_urls {
	char items[CONNECT_URLS_MAX][CONNECT_URL_SIZE];
	size_t count;
	enum connect_reach reach;
};

/* The URLs, given the addresses of the interfaces. */
void connect_urls_make(const struct connect_server *,
    const struct connect_interface *, size_t count, struct connect_urls *ret);

/* The same with the present interfaces of this machine. */
void connect_urls_find(const struct connect_server *, struct connect_urls *ret);

#endif
