#include "goop-rendezvousd/service/presence_addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/libp2p/multiformats/multiaddr.h"

COUNTER(presence_addresses_dropped, "published addresses nobody could use");

enum { IP4_LINK_LOCAL = 0xa9fe0000 /* 169.254/16 */ };

/* Could somebody else connect there? */
static bool
is_dialable4(struct in_addr address)
{
	uint32_t ip = ntohl(address.s_addr);

	return ip >> 24 != 0 && ip >> 24 != IN_LOOPBACKNET &&
	       (ip & 0xffff0000) != IP4_LINK_LOCAL &&
	       ip < 0xe0000000; /* multicast, reserved, broadcast */
}

static bool
is_dialable6(const struct in6_addr *address)
{
	struct in_addr ip4;

	if (IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_V4COMPAT(address)) {
		memcpy(&ip4, address->s6_addr + 12, sizeof(ip4));
		return is_dialable4(ip4);
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
is_dialable_name(char *name)
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
is_dialable(char *text)
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
		       is_dialable4(ip4);
	if (strcmp(protocol, "ip6") == 0)
		return inet_pton(AF_INET6, value, &ip6) == 1 &&
		       is_dialable6(&ip6);
	return strncmp(protocol, "dns", 3) == 0 && is_dialable_name(value);
}

static bool
is_usable(const char *text, const char *peer_id)
{
	char canonical[MULTIADDR_TEXT_SIZE];
	struct multiaddr address;
	struct peer_id named, own;

	if (multiaddr_parse(text, &address) < 0)
		return false;
	multiaddr_print(&address, canonical);
	/* Whom it leads to, if it says so; a relay stands further left. */
	if (multiaddr_take_peer(&address, &named) &&
	    peer_id_parse(peer_id, &own) == 0 && !peer_id_equal(&named, &own))
		return false;
	return is_dialable(canonical);
}

static bool
is_among(const struct strings *texts, size_t count, const char *text)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(texts->items[i], text) == 0)
			return true;
	return false;
}

bool
presence_addresses_clean(struct strings *addresses, const char *peer_id)
{
	size_t i, kept = 0, count = addresses->count;
	const char *text;

	for (i = 0; i < count; i++) {
		text = addresses->items[i];
		if (is_usable(text, peer_id) &&
		    !is_among(addresses, kept, text)) {
			addresses->items[kept++] = text;
			continue;
		}
		counter_add(&presence_addresses_dropped, 1);
		text_free(text);
	}
	addresses->count = kept;
	return kept < count;
}
