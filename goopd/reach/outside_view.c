#include "goopd/reach/outside_view.h"

#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

enum { PEERS_MAX = 256 /* that are asked */ };

bool
outside_is_of_other_network(const struct host *host, const struct peer_id *peer)
{
	struct host_path path;

	return host_best_path(host, peer, &path) && !path.is_relayed &&
	       multiaddr_is_public(&path.address);
}

static bool
has_source(const struct outside_view *view, const struct multiaddr *source)
{
	size_t i;

	for (i = 0; i < view->source_count; i++)
		if (multiaddr_is_same_ip(&view->sources[i], source))
			return true;
	return false;
}

size_t
outside_note(struct outside_view *views, size_t count,
    const struct host_observation *seen, const struct peer_id *observer)
{
	struct outside_view *view;
	size_t i;

	for (i = 0; i < count; i++)
		if (multiaddr_equal(&views[i].address, &seen->address) &&
		    views[i].is_of_port == seen->is_of_port)
			break;
	if (i == OUTSIDE_VIEWS_MAX)
		return count;
	view = &views[i];
	if (i == count) {
		*view = (struct outside_view){ .address = seen->address,
			.is_of_port = seen->is_of_port,
			.observer = *observer };
		count++;
	}
	view->observers++;
	if (view->source_count < OUTSIDE_SOURCES_MAX &&
	    !has_source(view, &seen->from))
		view->sources[view->source_count++] = seen->from;
	return count;
}

size_t
outside_views(
    const struct host *host, struct outside_view ret[OUTSIDE_VIEWS_MAX])
{
	CLEANUP_FREE struct host_peer_row *peers =
	    xreallocarray(NULL, PEERS_MAX, sizeof(*peers));
	struct host_observation seen;
	size_t peer_count, count = 0, i;

	peer_count = host_peers(host, peers, PEERS_MAX);
	for (i = 0; i < peer_count; i++)
		if (host_observed(host, &peers[i].peer, &seen) &&
		    multiaddr_is_public(&seen.from) &&
		    multiaddr_is_public(&seen.address))
			count = outside_note(ret, count, &seen, &peers[i].peer);
	return count;
}

/* Two ports of one router for our one port, seen from different addresses. */
static bool
differ(const struct outside_view *a, const struct outside_view *b)
{
	return a->is_of_port && b->is_of_port &&
	       multiaddr_is_same_ip(&a->address, &b->address) &&
	       !multiaddr_equal(&a->address, &b->address) &&
	       !(a->source_count == 1 && has_source(b, &a->sources[0]));
}

enum outside_nat
outside_nat_of(const struct outside_view *views, size_t count)
{
	enum outside_nat nat = OUTSIDE_NAT_UNKNOWN;
	size_t i, j;

	for (i = 0; i < count; i++) {
		for (j = i + 1; j < count; j++)
			if (differ(&views[i], &views[j]))
				return OUTSIDE_NAT_VARIES;
		if (views[i].is_of_port && views[i].source_count >= 2)
			nat = OUTSIDE_NAT_SAME;
	}
	return nat;
}
