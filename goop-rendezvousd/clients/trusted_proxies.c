#include "goop-rendezvousd/clients/trusted_proxies.h"

#include <errno.h>
#include <string.h>

#include "common/base/text.h"
#include "goop-rendezvousd/clients/forwarded.h"

enum { ADDRESS_BITS = 128 };

int
trusted_proxies_add(struct trusted_proxies *proxies, const char *text)
{
	const char *slash = strchr(text, '/');
	struct trusted_network network;
	struct bytes address = bytes_of(text);
	uint64_t bits, bits_max;

	if (slash != NULL)
		address.len = (size_t)(slash - text);
	if (client_address_parse(address, &network.address) < 0)
		return -EINVAL;
	/* The bits of an IPv4 network follow those of the mapping. */
	bits_max = memchr(text, ':', address.len) == NULL ? 32 : ADDRESS_BITS;
	bits = bits_max;
	if (slash != NULL &&
	    (text_parse_u64(bytes_of(slash + 1), &bits) < 0 || bits > bits_max))
		return -EINVAL;
	network.bits = (unsigned int)(ADDRESS_BITS - bits_max + bits);
	if (proxies->count == TRUSTED_PROXIES_MAX)
		return -ENOSPC;
	proxies->networks[proxies->count++] = network;
	return 0;
}

static bool
is_within(
    const struct client_address *address, const struct trusted_network *network)
{
	unsigned int whole = network->bits / 8, rest = network->bits % 8;
	unsigned int differ;

	if (memcmp(address->octets, network->address.octets, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	differ = address->octets[whole] ^ network->address.octets[whole];
	return differ >> (8 - rest) == 0;
}

bool
trusted_proxies_have(
    const struct trusted_proxies *proxies, const struct client_address *address)
{
	size_t i;

	for (i = 0; i < proxies->count; i++)
		if (is_within(address, &proxies->networks[i]))
			return true;
	return false;
}

/*
 * The right-most hop that is not a trusted proxy. Before a hop that cannot be
 * read, and at the end of the list, it is the proxy that wrote the list.
 */
static struct client_address
walk(const struct trusted_proxies *proxies, struct client_address client,
    const struct forwarded_hops *hops)
{
	size_t i;

	for (i = hops->count; i > 0 && trusted_proxies_have(proxies, &client);
	     i--) {
		if (!hops->hops[i - 1].is_known)
			break;
		client = hops->hops[i - 1].address;
	}
	return client;
}

struct client_address
trusted_proxies_client(const struct trusted_proxies *proxies,
    const struct sockaddr *other_end, const char *x_forwarded_for,
    const char *forwarded)
{
	struct client_address proxy = client_address_of(other_end);
	struct client_address by_x = proxy, by_rfc = proxy;
	struct forwarded_hops hops;

	if (!trusted_proxies_have(proxies, &proxy))
		return proxy;
	if (x_forwarded_for != NULL &&
	    forwarded_read_x(x_forwarded_for, &hops) == 0)
		by_x = walk(proxies, proxy, &hops);
	if (forwarded != NULL && forwarded_read(forwarded, &hops) == 0)
		by_rfc = walk(proxies, proxy, &hops);
	if (x_forwarded_for == NULL)
		return by_rfc;
	if (forwarded == NULL || client_address_equal(&by_x, &by_rfc))
		return by_x;
	return proxy;
}
