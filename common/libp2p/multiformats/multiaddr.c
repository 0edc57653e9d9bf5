#include "common/libp2p/multiformats/multiaddr.h"

#include <errno.h>
#include <string.h>

#include "common/libp2p/multiformats/multiaddr_protocol.h"

bool
multiaddr_equal(const struct multiaddr *a, const struct multiaddr *b)
{
	return bytes_equal(multiaddr_bytes(a), multiaddr_bytes(b));
}

struct bytes
multiaddr_bytes(const struct multiaddr *address)
{
	return (struct bytes){ address->data, address->len };
}

int
multiaddr_decode(struct bytes bytes, struct multiaddr *ret)
{
	struct cursor cursor = cursor_over(bytes);
	struct multiaddr_component component;
	size_t count = 0;

	if (bytes.len == 0 || bytes.len > MULTIADDR_MAX)
		return -EINVAL;
	while (multiaddr_component_take(&cursor, &component))
		if (++count > MULTIADDR_COMPONENTS_MAX)
			return -EINVAL;
	if (!cursor_done(&cursor))
		return -EINVAL;
	ret->len = (uint16_t)bytes.len;
	memcpy(ret->data, bytes.data, bytes.len);
	return 0;
}

static size_t
count_components(const struct multiaddr *address)
{
	struct cursor cursor = cursor_over(multiaddr_bytes(address));
	struct multiaddr_component component;
	size_t count = 0;

	while (multiaddr_component_take(&cursor, &component))
		count++;
	return count;
}

int
multiaddr_append_peer(struct multiaddr *address, const struct peer_id *peer)
{
	const struct multiaddr_protocol *p2p =
	    multiaddr_protocol_by_code(MULTIADDR_P2P);

	if (count_components(address) == MULTIADDR_COMPONENTS_MAX)
		return -ENOBUFS;
	return multiaddr_component_append(address, p2p, peer_id_bytes(peer));
}

bool
multiaddr_take_peer(struct multiaddr *address, struct peer_id *ret)
{
	struct cursor cursor = cursor_over(multiaddr_bytes(address));
	struct multiaddr_component component, last = { 0 };

	while (multiaddr_component_take(&cursor, &component))
		last = component;
	if (last.protocol == NULL || last.protocol->code != MULTIADDR_P2P ||
	    peer_id_decode(last.value, ret) < 0)
		return false;
	address->len = (uint16_t)(last.start - address->data);
	return true;
}
