/*
 * client_address: the IP address of a client, as limits count it.
 */
#ifndef GOOP_RENDEZVOUSD_CLIENTS_CLIENT_ADDRESS_H
#define GOOP_RENDEZVOUSD_CLIENTS_CLIENT_ADDRESS_H

#include <sys/socket.h>

#include "common/base/bytes.h"

enum { CLIENT_ADDRESS_TEXT_SIZE = 48 };

/* IPv4 is v4-mapped. Without padding, so usable as a hash key. */
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

/* What limits count: the address, or the /64 of an IPv6 address. */
struct client_address client_address_network(const struct client_address *);

#endif
