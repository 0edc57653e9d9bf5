#include "goopd/reach/outside_view.h"

#include "common/base/xalloc.h"
#include "common/libp2p/host/host_announce.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

enum { PEERS_MAX = 256 /* that are asked */ };

bool
outside_is_of_other_network(const struct host *host, const struct peer_id *peer)
{
	struct host_path path;

	return host_best_path(host, peer, &path) && !path.is_relayed &&
	       multiaddr_is_public(&path.address);
}

static size_t
note(struct outside_view *views, size_t count, const struct multiaddr *address,
    const struct peer_id *observer)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (multiaddr_equal(&views[i].address, address))
			break;
	if (i == OUTSIDE_VIEWS_MAX)
		return count;
	if (i == count)
		views[count++] = (struct outside_view){ .address = *address,
			.observer = *observer };
	views[i].observers++;
	return count;
}

size_t
outside_views(
    const struct host *host, struct outside_view ret[OUTSIDE_VIEWS_MAX])
{
	CLEANUP_FREE struct host_peer_row *peers =
	    xreallocarray(NULL, PEERS_MAX, sizeof(*peers));
	struct multiaddr observed;
	size_t peer_count, count = 0, i;

	peer_count = host_peers(host, peers, PEERS_MAX);
	for (i = 0; i < peer_count; i++)
		if (outside_is_of_other_network(host, &peers[i].peer) &&
		    host_observed(host, &peers[i].peer, &observed) &&
		    multiaddr_is_public(&observed))
			count = note(ret, count, &observed, &peers[i].peer);
	return count;
}
