/*
 * trusted_proxies: which client a request comes from. That is the other end of
 * the connection, unless it is a proxy that the configuration names: then it
 * is the right-most address in X-Forwarded-For, or Forwarded (RFC 7239), that
 * is not a trusted proxy itself. A client can forge what stands left of it.
 */
#ifndef GOOP_RENDEZVOUSD_CLIENTS_TRUSTED_PROXIES_H
#define GOOP_RENDEZVOUSD_CLIENTS_TRUSTED_PROXIES_H

#include "goop-rendezvousd/clients/client_address.h"

enum { TRUSTED_PROXIES_MAX = 64 };

/* Addresses and networks ("10.0.0.0/8", "fd00::/8"). */
struct trusted_proxies {
	struct trusted_network {
		struct client_address address;
		unsigned int bits; /* of 128 */
	} networks[TRUSTED_PROXIES_MAX];
	size_t count;
};

/* Add one. 0; -EINVAL: no address or network; -ENOSPC. */
int trusted_proxies_add(struct trusted_proxies *, const char *text);
bool trusted_proxies_have(
    const struct trusted_proxies *, const struct client_address *);

/*
 * The client. Both headers may be NULL; several of one name have to be joined
 * by commas in their order. If both are there and disagree, neither counts:
 * one of them comes from the client.
 */
struct client_address trusted_proxies_client(const struct trusted_proxies *,
    const struct sockaddr *other_end, const char *x_forwarded_for,
    const char *forwarded);

#endif
