/*
 * outside_view: how peers of other networks see this one, as their identify
 * says. The IP address is that of the outermost router; the port is of that one
 * connection and says little.
 */
#ifndef GOOPD_REACH_OUTSIDE_VIEW_H
#define GOOPD_REACH_OUTSIDE_VIEW_H

#include "common/libp2p/host/host.h"

enum { OUTSIDE_VIEWS_MAX = 16 };

struct outside_view {
	struct multiaddr address;
	struct peer_id observer; /* one of them */
	size_t observers;
};

/* Is this connected peer in another network, and seen there directly? */
bool outside_is_of_other_network(const struct host *, const struct peer_id *);

/* What they say now; returns how many addresses. */
size_t outside_views(
    const struct host *, struct outside_view ret[OUTSIDE_VIEWS_MAX]);

#endif
