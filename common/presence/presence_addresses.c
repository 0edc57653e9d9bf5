#include "common/presence/presence_addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(presence_addresses_refused, "announced addresses that are not used");

enum { IP4_LINK_LOCAL = 0xa9fe0000 /* 169.254/16 */ };

static bool
is_usable4(struct in_addr address, enum presence_addresses_use use)
{
	uint32_t ip = ntohl(address.s_addr);

	if (use == PRESENCE_ADDRESSES_PASS_ON &&
	    (ip & 0xffff0000) == IP4_LINK_LOCAL)
		return false;
	return ip >> 24 != 0 && ip >> 24 != IN_LOOPBACKNET &&
	       ip < 0xe0000000; /* multicast, reserved, broadcast */
}

static bool
is_usable6(const struct in6_addr *address, enum presence_addresses_use use)
{
	struct in_addr ip4;

	if (IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_V4COMPAT(address)) {
		memcpy(&ip4, address->s6_addr + 12, sizeof(ip4));
		return is_usable4(ip4, use);
	}
	return !IN6_IS_ADDR_UNSPECIFIED(address) &&
	       !IN6_IS_ADDR_LOOPBACK(address) &&
	       !IN6_IS_ADDR_MULTICAST(address) &&
	       !IN6_IS_ADDR_LINKLOCAL(address);
}

static bool
is_local_name(const char *name)
{
	static const char local[] = "localhost";
	size_t len = strlen(name);

	return len >= strlen(local) &&
	       strcasecmp(name + len - strlen(local), local) == 0 &&
	       (len == strlen(local) || name[len - strlen(local) - 1] == '.');
}

/* Resolvers take an address, however it is written, for a name of itself; no
 * name ends in a number (WHATWG URL, 3.5). Its last dot is the root's. */
static bool
is_usable_name(char *name)
{
	size_t len = strlen(name);
	const char *last;

	if (len > 0 && name[len - 1] == '.')
		name[--len] = '\0';
	last = memrchr(name, '.', len);
	last = last == NULL ? name : last + 1;
	return *last != '\0' && (*last < '0' || *last > '9') &&
	       strchr(name, ':') == NULL && !is_local_name(name);
}

/* Where /PROTOCOL/VALUE/... leads, of an address in canonical text. */
static bool
leads_away(char *text, enum presence_addresses_use use)
{
	struct in6_addr ip6;
	struct in_addr ip4;
	char *protocol, *value;

	protocol = strtok_r(text, "/", &text);
	value = protocol == NULL ? NULL : strtok_r(text, "/", &text);
	if (value == NULL)
		return false;
	if (strcmp(protocol, "ip4") == 0)
		return inet_pton(AF_INET, value, &ip4) == 1 &&
		       is_usable4(ip4, use);
	if (strcmp(protocol, "ip6") == 0)
		return inet_pton(AF_INET6, value, &ip6) == 1 &&
		       is_usable6(&ip6, use);
	return strncmp(protocol, "dns", 3) == 0 && is_usable_name(value);
}

/* What we dial: /ip4|ip6/.../tcp/N, a mapped IPv4 address as IPv4, and a place
 * at a relay with such an address. */
static bool
make_dialable(struct multiaddr *address)
{
	struct sockaddr_storage socket;
	struct sockaddr_in in;
	struct multiaddr relay;
	struct peer_id named;
	socklen_t len;

	if (multiaddr_take_circuit(address, &relay, &named))
		return multiaddr_is_dialable(&relay);
	if (multiaddr_to_sockaddr(address, &socket, &len, &named) < 0)
		return false;
	memcpy(&in, &socket, sizeof(in)); /* IPv6 has its port there, too */
	return in.sin_port != 0 &&
	       multiaddr_of_sockaddr((struct sockaddr *)&socket, address) == 0;
}

/* The text to use, for free(); NULL if the address is not to be used. */
static char *
usable_text(const char *text, const struct peer_id *peer,
    enum presence_addresses_use use)
{
	char canonical[MULTIADDR_TEXT_SIZE];
	struct multiaddr address;
	struct peer_id named;

	if (multiaddr_parse(text, &address) < 0)
		return NULL;
	multiaddr_print(&address, canonical);
	/* The last /p2p is where it leads to; a relay stands further left. */
	if (multiaddr_take_peer(&address, &named) && peer->len > 0 &&
	    !peer_id_equal(&named, peer))
		return NULL;
	if (!leads_away(canonical, use))
		return NULL;
	if (use == PRESENCE_ADDRESSES_PASS_ON)
		return xstrdup(text);
	if (!make_dialable(&address))
		return NULL;
	multiaddr_print(&address, canonical);
	return xstrdup(canonical);
}

bool
presence_addresses_filter(struct strings *addresses, const struct peer_id *peer,
    enum presence_addresses_use use)
{
	size_t max = use == PRESENCE_ADDRESSES_DIAL
			 ? PRESENCE_ADDRESSES_DIALLED_MAX
			 : addresses->count;
	struct strings kept = { NULL, 0 };
	size_t i, refused = 0;
	char *text;

	for (i = 0; i < addresses->count; i++) {
		text = kept.count < max
			   ? usable_text(addresses->items[i], peer, use)
			   : NULL;
		if (text == NULL || strings_have(&kept, text))
			refused++;
		else
			strings_add(&kept, text);
		free(text);
	}
	counter_add(&presence_addresses_refused, refused);
	strings_free(addresses);
	*addresses = kept;
	return refused > 0;
}
