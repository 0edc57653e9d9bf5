/*
 * host_punch: direct connections through routers that let nobody in. Both peers
 * dial each other at the same moment, each from the port that it listens on,
 * and each router takes the other's packets for answers. When that moment is,
 * the peers agree elsewhere (holepunch.h).
 *
 * TCP makes one connection of two calls of connect(2) that cross. Else one of
 * them arrives at the listener, and then nobody can tell who is the client of
 * what is above TCP: the first bytes decide.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_PUNCH_H
#define COMMON_LIBP2P_HOST_HOST_PUNCH_H

#include "common/libp2p/host/host.h"

enum {
	HOST_PUNCH_ADDRESSES_MAX = 8, /* of the peer; further ones are left */
	HOST_PUNCHES_MAX = 32,        /* at once; each has so many sockets */
	HOST_PUNCH_DIAL_MS = 3000,   /* from the first to the last connect(2) */
	HOST_PUNCH_MS = 5000,        /* with the handshake */
	HOST_PUNCH_GAP_MS = 150,     /* between two to one address, at most: by
					chance, or two who are refused would stay
					out of step for ever */
	HOST_PUNCH_DIALS_MAX = 10,   /* of one address: a stranger's, perhaps */
	HOST_PUNCH_HEAD_MS = 50,     /* for the rest of the first bytes */
	HOST_PUNCH_SILENCE_MS = 200, /* and a round trip, without any */
};

/* Connect without a relay, even if there is a relayed connection; done as of
 * host_connect(). */
struct host_request *host_connect_direct(struct host *, const struct peer_id *,
    int64_t timeout_ms, host_opened_fn *done, void *arg);

/*
 * Dial all these addresses of the peer now, as often as it takes. is_client: we
 * are the client above TCP if nothing says otherwise; the peer is the server.
 * rtt_ms: there and back by the path on which both have agreed. done comes
 * once, never from inside this call: with 0 when there is a direct connection,
 * however it came; -ETIMEDOUT; -EBUSY: too many at once.
 */
typedef void host_punched_fn(struct host *, int error, void *arg);
struct host_punch;
struct host_punch *host_punch(struct host *, const struct peer_id *,
    const struct multiaddr *addresses, size_t count, bool is_client,
    int64_t rtt_ms, host_punched_fn *done, void *arg);
void host_punch_cancel(struct host_punch *); /* prevents done */

#endif
