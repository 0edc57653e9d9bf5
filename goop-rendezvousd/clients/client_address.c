#include "goop-rendezvousd/clients/client_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

enum { NETWORK_BYTES = 8 };

static struct client_address
of_ip4(const void *four)
{
	struct client_address address;

	memcpy(address.octets, mapped, sizeof(mapped));
	memcpy(address.octets + sizeof(mapped), four, 4);
	return address;
}

static bool
is_ip4(const struct client_address *address)
{
	return memcmp(address->octets, mapped, sizeof(mapped)) == 0;
}

struct client_address
client_address_of(const struct sockaddr *socket)
{
	struct client_address address = { { 0 } };
	struct sockaddr_in6 ip6;
	struct sockaddr_in ip4;

	if (socket->sa_family == AF_INET) {
		memcpy(&ip4, socket, sizeof(ip4));
		return of_ip4(&ip4.sin_addr);
	}
	if (socket->sa_family == AF_INET6) {
		memcpy(&ip6, socket, sizeof(ip6));
		memcpy(address.octets, &ip6.sin6_addr, sizeof(address.octets));
	}
	return address;
}

int
client_address_parse(struct bytes text, struct client_address *ret)
{
	char copy[CLIENT_ADDRESS_TEXT_SIZE];
	uint8_t octets[16];

	if (text.len == 0 || text.len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, octets) == 1)
		*ret = of_ip4(octets);
	else if (inet_pton(AF_INET6, copy, octets) == 1)
		memcpy(ret->octets, octets, sizeof(octets));
	else
		return -EINVAL;
	return 0;
}

void
client_address_print(
    const struct client_address *address, char ret[CLIENT_ADDRESS_TEXT_SIZE])
{
	if (is_ip4(address))
		inet_ntop(AF_INET, address->octets + sizeof(mapped), ret,
		    CLIENT_ADDRESS_TEXT_SIZE);
	else
		inet_ntop(
		    AF_INET6, address->octets, ret, CLIENT_ADDRESS_TEXT_SIZE);
}

bool
client_address_equal(
    const struct client_address *a, const struct client_address *b)
{
	return memcmp(a->octets, b->octets, sizeof(a->octets)) == 0;
}

struct client_address
client_address_network(const struct client_address *address)
{
	struct client_address network = *address;

	if (!is_ip4(address))
		memset(network.octets + NETWORK_BYTES, 0,
		    sizeof(network.octets) - NETWORK_BYTES);
	return network;
}
