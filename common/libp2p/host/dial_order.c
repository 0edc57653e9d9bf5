#include "common/libp2p/host/dial_order.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

enum dial_rank
dial_rank_of(const struct multiaddr *address, bool is_on_link)
{
	if (multiaddr_is_circuit(address))
		return DIAL_CIRCUIT;
	if (multiaddr_is_local(address))
		return DIAL_THIS_MACHINE;
	if (is_on_link)
		return DIAL_ON_LINK;
	return multiaddr_is_private(address) ? DIAL_ELSEWHERE : DIAL_PUBLIC;
}

static bool
is_ipv4(const struct multiaddr *address)
{
	struct sockaddr_storage storage;
	struct peer_id none;
	socklen_t len;

	return multiaddr_to_sockaddr(address, &storage, &len, &none) == 0 &&
	       storage.ss_family == AF_INET;
}

/* How many candidates before this one have its IP address. */
static size_t
repeats(const struct dial_candidate *all, size_t number)
{
	size_t i, count = 0;

	for (i = 0; i < number; i++)
		count +=
		    multiaddr_is_same_ip(&all[i].address, &all[number].address);
	return count;
}

struct key {
	enum dial_rank rank;
	size_t repeats, number;
	bool is_ipv4;
};

static int
compare(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->repeats != y->repeats)
		return x->repeats < y->repeats ? -1 : 1;
	if (x->is_ipv4 != y->is_ipv4)
		return x->is_ipv4 ? 1 : -1;
	return x->number < y->number ? -1 : 1;
}

void
dial_order(struct dial_candidate *candidates, size_t count)
{
	CLEANUP_FREE struct dial_candidate *before = NULL;
	CLEANUP_FREE struct key *keys = NULL;
	size_t i;

	if (count == 0)
		return;
	before = xmemdup(candidates, count * sizeof(*candidates));
	keys = xreallocarray(NULL, count, sizeof(*keys));
	for (i = 0; i < count; i++)
		keys[i] = (struct key){
			.rank = candidates[i].rank,
			.repeats = repeats(candidates, i),
			.number = i,
			.is_ipv4 = is_ipv4(&candidates[i].address),
		};
	qsort(keys, count, sizeof(*keys), compare);
	for (i = 0; i < count; i++)
		candidates[i] = before[keys[i].number];
}
