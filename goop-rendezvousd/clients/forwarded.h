/*
 * forwarded: the addresses in X-Forwarded-For and Forwarded (RFC 7239),
 * headers in which each proxy notes the address that a request came from. It
 * only reads them; trusted_proxies decides which of them count.
 */
#ifndef GOOP_RENDEZVOUSD_CLIENTS_FORWARDED_H
#define GOOP_RENDEZVOUSD_CLIENTS_FORWARDED_H

#include "goop-rendezvousd/clients/client_address.h"

enum {
	FORWARDED_MAX = 4096,    /* bytes; a longer header is malformed, */
	FORWARDED_HOPS_MAX = 32, /* and one with more addresses */
};

/* In order, from the client to the last proxy. */
struct forwarded_hops {
	struct forwarded_hop {
		struct client_address address;
		bool is_known; /* else no address: "unknown", "_hidden" */
	} hops[FORWARDED_HOPS_MAX];
	size_t count;
};

/* 0; -EBADMSG: malformed, too long or too many. */
int forwarded_read(const char *value, struct forwarded_hops *ret);
int forwarded_read_x(const char *value, struct forwarded_hops *ret);

#endif
