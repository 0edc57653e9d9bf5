#include "common/libp2p/mdns/mdns_interface.h"

#include <string.h>
#include <sys/socket.h>

static bool
is_same_subnet(const struct mdns_address *a, const struct mdns_address *b,
    unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	if (a->family != b->family || whole >= sizeof(a->ip))
		return mdns_address_equal(a, b);
	return memcmp(a->ip, b->ip, whole) == 0 &&
	       (rest == 0 || (a->ip[whole] ^ b->ip[whole]) >> (8 - rest) == 0);
}

void
mdns_interface_add(struct mdns_interface *interface,
    const struct mdns_address *address, unsigned int subnet_bits)
{
	struct mdns_address *all = interface->addresses;
	size_t at = interface->count, i;
	bool is_new = true;

	for (i = 0; i < interface->subnets; i++)
		is_new &= !is_same_subnet(&all[i], address, subnet_bits);
	if (is_new)
		at = interface->subnets;
	if (at == MDNS_INTERFACE_ADDRESSES_MAX)
		return;
	if (interface->count == MDNS_INTERFACE_ADDRESSES_MAX)
		interface->count--;
	memmove(&all[at + 1], &all[at], (interface->count - at) * sizeof(*all));
	all[at] = *address;
	interface->count++;
	interface->subnets += is_new;
}

bool
mdns_interface_has(
    const struct mdns_interface *interface, const struct mdns_address *address)
{
	size_t i;

	for (i = 0; i < interface->count; i++)
		if (interface->addresses[i].family == address->family &&
		    memcmp(interface->addresses[i].ip, address->ip,
			sizeof(address->ip)) == 0)
			return true;
	return false;
}

bool
mdns_interface_same(
    const struct mdns_interface *a, const struct mdns_interface *b)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (!mdns_interface_has(b, &a->addresses[i]))
			return false;
	return a->count == b->count;
}

/* The next address from *from on of a family that counts; NULL: none. */
static const struct mdns_address *
next_of(const struct mdns_interface *interface, int family, size_t *from)
{
	const struct mdns_address *address;

	while (*from < interface->count) {
		address = &interface->addresses[(*from)++];
		if (address->family == family &&
		    !mdns_address_is_link_local(address))
			return address;
	}
	return NULL;
}

size_t
mdns_interface_announced(const struct mdns_interface *interface,
    struct mdns_address *ret, size_t max)
{
	const struct mdns_address *ip4, *ip6;
	size_t at4 = 0, at6 = 0, count = 0, i;

	do {
		ip4 = next_of(interface, AF_INET, &at4);
		ip6 = next_of(interface, AF_INET6, &at6);
		if (ip4 != NULL && count < max)
			ret[count++] = *ip4;
		if (ip6 != NULL && count < max)
			ret[count++] = *ip6;
	} while (count < max && (ip4 != NULL || ip6 != NULL));
	if (count > 0)
		return count;
	for (i = 0; i < interface->count && count < max; i++)
		ret[count++] = interface->addresses[i]; /* link-local */
	return count;
}
