#include "goopd/port_mapper/mapping.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "common/libp2p/multiformats/multiaddr_class.h"

const char *
mapping_protocol_name(enum mapping_protocol protocol)
{
	static const char *const names[MAPPING_PROTOCOLS] = {
		[MAPPING_PCP] = "pcp",
		[MAPPING_NAT_PMP] = "nat-pmp",
		[MAPPING_UPNP] = "upnp",
	};

	return names[protocol];
}

const char *
mapping_verdict_sentence(enum mapping_verdict verdict)
{
	static const char *const sentences[] = {
#define MAPPING_SENTENCE(name, sentence) sentence,
		MAPPING_VERDICTS(MAPPING_SENTENCE)
#undef MAPPING_SENTENCE
	};

	return sentences[verdict];
}

bool
mapping_address_equal(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool
mapping_has(const struct in6_addr *address)
{
	return !IN6_IS_ADDR_UNSPECIFIED(address);
}

bool
mapping_network_equal(
    const struct mapping_network *a, const struct mapping_network *b)
{
	return mapping_address_equal(&a->gateway, &b->gateway) &&
	       mapping_address_equal(&a->own, &b->own) &&
	       a->interface == b->interface;
}

/* --- text */

static void
map_ipv4(const void *four, struct in6_addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	memset(ret->s6_addr + 10, 0xff, 2);
	memcpy(ret->s6_addr + 12, four, 4);
}

int
mapping_address_parse(const char *text, struct in6_addr *ret)
{
	struct in_addr four;

	if (inet_pton(AF_INET, text, &four) == 1)
		map_ipv4(&four, ret);
	else if (inet_pton(AF_INET6, text, ret) != 1)
		return -EINVAL;
	return 0;
}

void
mapping_address_print(
    const struct in6_addr *address, char text[INET6_ADDRSTRLEN])
{
	text[0] = '\0';
	if (IN6_IS_ADDR_V4MAPPED(address))
		inet_ntop(
		    AF_INET, address->s6_addr + 12, text, INET6_ADDRSTRLEN);
	else if (mapping_has(address))
		inet_ntop(AF_INET6, address, text, INET6_ADDRSTRLEN);
}

/* --- sockets */

socklen_t
mapping_address_to(const struct in6_addr *address, uint16_t port,
    uint32_t interface, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (void *)ret;
	struct sockaddr_in6 *v6 = (void *)ret;

	memset(ret, 0, sizeof(*ret));
	if (IN6_IS_ADDR_V4MAPPED(address)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, address->s6_addr + 12, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	v6->sin6_addr = *address;
	if (IN6_IS_ADDR_LINKLOCAL(address))
		v6->sin6_scope_id = interface;
	return sizeof(*v6);
}

void
mapping_address_of(const struct sockaddr_storage *from, struct in6_addr *ret)
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	*ret = (struct in6_addr){ 0 };
	if (from->ss_family == AF_INET)
		map_ipv4(&v4->sin_addr, ret);
	else if (from->ss_family == AF_INET6)
		*ret = v6->sin6_addr;
}

bool
mapping_address_is_public(const struct in6_addr *address)
{
	struct sockaddr_storage socket;
	struct multiaddr multiaddr;

	mapping_address_to(address, 1, 0, &socket);
	return multiaddr_of_sockaddr((struct sockaddr *)&socket, &multiaddr) ==
		   0 &&
	       multiaddr_is_public(&multiaddr);
}
