/*
 * host_observed: how other peers see us. Behind a router that is another
 * address, and its port says something only if the connection has our end at
 * the port on which we listen.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_OBSERVED_H
#define COMMON_LIBP2P_HOST_HOST_OBSERVED_H

#include "common/libp2p/host/host.h"

/* Dial this peer from the port on which we listen, so that it sees to what a
 * router maps that port. At most HOST_FROM_PORT_MAX peers, the last ones. */
enum { HOST_FROM_PORT_MAX = 8 };
void host_dial_from_port(struct host *, const struct peer_id *);
bool host_dials_from_port(const struct host *, const struct peer_id *);

struct host_observation {
	struct multiaddr address; /* ours; the peer may say anything */
	struct multiaddr from;    /* the peer's own */
	bool is_of_port;          /* our end is the port on which we listen */
};
/* What a peer said over a direct connection that is still there; false if
 * nothing. */
bool host_observed(
    const struct host *, const struct peer_id *, struct host_observation *ret);

#endif
