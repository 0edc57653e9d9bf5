/*
 * outside_view: how peers of other networks see this one, as their identify
 * says: the IP address of the outermost router, and a port. The port is worth
 * something where our end of the connection is the port on which we listen.
 */
#ifndef GOOPD_REACH_OUTSIDE_VIEW_H
#define GOOPD_REACH_OUTSIDE_VIEW_H

#include "common/libp2p/host/host_observed.h"

enum { OUTSIDE_VIEWS_MAX = 16, OUTSIDE_SOURCES_MAX = 4 };

struct outside_view {
	struct multiaddr address;
	bool is_of_port;
	struct peer_id observer; /* one of them */
	size_t observers;
	/* Whence, of different IP addresses. */
	struct multiaddr sources[OUTSIDE_SOURCES_MAX];
	size_t source_count;
};

/* Is this connected peer in another network, and seen there directly? */
bool outside_is_of_other_network(const struct host *, const struct peer_id *);

/* What they say now; returns how many views. */
size_t outside_views(
    const struct host *, struct outside_view ret[OUTSIDE_VIEWS_MAX]);

/* One more observation; views has room for OUTSIDE_VIEWS_MAX. Returns how many
 * there are now. */
size_t outside_note(struct outside_view *views, size_t count,
    const struct host_observation *, const struct peer_id *observer);

/* Does the router give our port the same outside port for all targets? */
enum outside_nat {
	OUTSIDE_NAT_UNKNOWN, /* fewer than two have looked */
	OUTSIDE_NAT_SAME,
	OUTSIDE_NAT_VARIES,
};
enum outside_nat outside_nat_of(const struct outside_view *, size_t count);

#endif
