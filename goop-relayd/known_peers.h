/*
 * known_peers: which peers are at the rendezvous server, as far as the relay
 * has asked. An answer counts for a while; a server that is away changes
 * nothing. Bookkeeping only: the caller brings the clock and asks.
 */
#ifndef GOOP_RELAYD_KNOWN_PEERS_H
#define GOOP_RELAYD_KNOWN_PEERS_H

#include "common/base/monotime.h"
#include "common/libp2p/multiformats/peer_id.h"

enum {
	KNOWN_PEERS_MAX = 8192,
	KNOWN_PEERS_FRESH_MS = 20 * 1000,   /* then it is asked again */
	KNOWN_PEERS_UNUSED_MS = 120 * 1000, /* then it is forgotten */
};

struct known_peers;

struct known_peers *known_peers_new(void);
void known_peers_free(struct known_peers *);

/* Is the peer at the server? False also for one not asked about so far: that is
 * due now. */
bool known_peers_has(
    struct known_peers *, const struct peer_id *, struct monotime now);

/* Those to ask about now; returns how many were written. They are not due again
 * before KNOWN_PEERS_FRESH_MS. */
size_t known_peers_take_due(
    struct known_peers *, struct monotime now, struct peer_id *ret, size_t max);

/* The answer. */
void known_peers_set(
    struct known_peers *, const struct peer_id *, bool is_present);

/* Forget those that were not looked up lately. */
void known_peers_tidy(struct known_peers *, struct monotime now);

#endif
