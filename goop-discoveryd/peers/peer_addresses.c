#include "goop-discoveryd/peers/peer_addresses.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/libp2p/mdns/mdns_packet.h"
#include "common/libp2p/multiformats/multiaddr.h"

COUNTER(presence_addresses_refused, "addresses in presence that are not tried");

static bool
peer_address_read(
    const char *text, const struct peer_id *peer, struct mdns_address *ret)
{
	struct sockaddr_storage socket;
	struct multiaddr address;
	struct peer_id named;
	socklen_t len;

	/* A zone names an interface of the teller: nothing to us. */
	if (strncmp(text, "/ip6zone/", 9) == 0 ||
	    multiaddr_parse(text, &address) < 0 ||
	    multiaddr_to_sockaddr(&address, &socket, &len, &named) < 0)
		return false;
	if (named.len > 0 && !peer_id_equal(&named, peer))
		return false;
	return mdns_address_of_sockaddr((struct sockaddr *)&socket, ret) &&
	       mdns_address_is_dialable(ret) &&
	       !mdns_address_is_loopback(ret) &&
	       !mdns_address_is_link_local(ret);
}

static bool
strings_have(const struct strings *strings, const char *text)
{
	size_t i;

	for (i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

void
peer_addresses_filter(
    const struct strings *told, const struct peer_id *peer, struct strings *ret)
{
	char text[MDNS_ADDRESS_TEXT_SIZE];
	struct mdns_address address;
	size_t i;

	for (i = 0; i < told->count; i++) {
		if (ret->count == PEER_ADDRESSES_USED_MAX ||
		    !peer_address_read(told->items[i], peer, &address)) {
			counter_add(&presence_addresses_refused, 1);
			continue;
		}
		mdns_address_print(&address, 0, text);
		if (!strings_have(ret, text))
			strings_add(ret, text);
	}
}
