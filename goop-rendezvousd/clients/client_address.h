/*
 * client_address: which client a request is from. That is the other end of
 * the connection, unless this is a proxy that we trust: then the right-most
 * address in X-Forwarded-For, or Forwarded (RFC 7239), that is not itself a
 * trusted proxy. What stands left of it anybody may have written.
 */
#ifndef GOOP_RENDEZVOUSD_CLIENTS_CLIENT_ADDRESS_H
#define GOOP_RENDEZVOUSD_CLIENTS_CLIENT_ADDRESS_H

#include <sys/socket.h>

#include "common/base/bytes.h"

enum {
	CLIENT_ADDRESS_TEXT_SIZE = 48,
	CLIENT_HEADER_MAX = 4096, /* longer ones are believed nothing */
	CLIENT_HOPS_MAX = 32,     /* and those with more */
	TRUSTED_PROXIES_MAX = 64,
};

/* IPv4 is v4-mapped. A hash key as it is. */
struct client_address {
	uint8_t octets[16];
};

/* Of an AF_INET or AF_INET6 address; anything else is the unspecified one. */
struct client_address client_address_of(const struct sockaddr *);

/* "192.0.2.1", "2001:db8::1". 0 or -EINVAL. */
int client_address_parse(struct bytes text, struct client_address *ret);
void client_address_print(
    const struct client_address *, char ret[CLIENT_ADDRESS_TEXT_SIZE]);

bool client_address_equal(
    const struct client_address *, const struct client_address *);

/* Whom limits count: the address, of IPv6 its /64. */
struct client_address client_address_network(const struct client_address *);

/* Addresses and networks ("10.0.0.0/8", "fd00::/8"). */
struct trusted_proxies {
	struct trusted_network {
		struct client_address address;
		unsigned int bits; /* of 128 */
	} networks[TRUSTED_PROXIES_MAX];
	size_t count;
};

/* Add one. 0; -EINVAL if it is none; -ENOSPC. */
int trusted_proxies_add(struct trusted_proxies *, const char *text);
bool trusted_proxies_have(
    const struct trusted_proxies *, const struct client_address *);

/*
 * The client. Both headers may be NULL; where a request has several of one
 * name, they have to come joined by commas in their order. If both are there
 * and disagree, neither is believed: one of them is the client's own.
 */
struct client_address client_address_find(const struct trusted_proxies *,
    const struct sockaddr *other_end, const char *x_forwarded_for,
    const char *forwarded);

#endif
