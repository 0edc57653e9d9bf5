#include "goopd/reach/relay_places.h"

#include "common/libp2p/multiformats/multiaddr_class.h"

size_t
relay_offer_addresses(const struct relay_offer *offer,
    struct multiaddr ret[RELAY_OFFERED_ADDRESSES_MAX])
{
	struct peer_id named;
	size_t i, count = 0;

	for (i = 0; i < offer->addresses.count; i++) {
		if (multiaddr_parse(offer->addresses.items[i], &ret[count]) < 0)
			continue;
		multiaddr_take_peer(&ret[count], &named);
		if (multiaddr_is_dialable(&ret[count]))
			count++;
	}
	return count;
}

static void
add(struct relay_places *places, const struct peer_id *relay,
    const struct multiaddr *address)
{
	if (places->count < RELAY_PLACES_MAX &&
	    multiaddr_make_circuit(
		address, relay, &places->at[places->count]) == 0)
		places->count++;
}

void
relay_places_set(struct relay_places *places, const struct peer_id *relay,
    const struct multiaddr *addresses, size_t count)
{
	size_t i;

	places->count = 0;
	for (i = 0; i < count; i++)
		if (!multiaddr_is_private(&addresses[i]) &&
		    !multiaddr_is_local(&addresses[i]))
			add(places, relay, &addresses[i]);
	for (i = 0; i < count; i++)
		if (multiaddr_is_private(&addresses[i]))
			add(places, relay, &addresses[i]);
}

void
relay_places_learn(const struct relay_places *places, struct host *host,
    const struct peer_id *peer, int64_t ttl_ms)
{
	size_t i;

	for (i = 0; i < places->count; i++)
		host_learn(host, peer, &places->at[i], ttl_ms);
}
