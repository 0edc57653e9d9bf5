/*
 * peer_ways: how peers are connected, as goopd tells it. Kept beside the peer
 * table, since a connection may come before the first word of the peer.
 */
#ifndef GOOP_DISCOVERYD_PEERS_PEER_WAYS_H
#define GOOP_DISCOVERYD_PEERS_PEER_WAYS_H

#include <stdint.h>

#include "common/base/hash.h"
#include "common/libp2p/multiformats/peer_id.h"

/* More than goopd holds connections; what is beyond is not shown. */
enum { PEER_WAYS_MAX = 2048 };

struct peer_way {
	struct peer_id id;
	const char *way; /* proto/path_ops.h; one of our own words */
	int64_t rtt_us;  /* there and back; 0: not measured */
	UT_hash_handle hh;
};

struct peer_ways {
	struct peer_way *first; /* NULL: none is connected */
};

/* Set, or forget (way NULL, or a word that is not known). */
void peer_ways_set(struct peer_ways *, const struct peer_id *, const char *way,
    int64_t rtt_us);
/* NULL: the peer is not connected. */
const struct peer_way *peer_ways_find(
    const struct peer_ways *, const struct peer_id *);
void peer_ways_clear(struct peer_ways *);

#endif
