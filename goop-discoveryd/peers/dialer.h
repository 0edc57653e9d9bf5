/*
 * dialer: the peers to be connected with: each that mDNS or presence reports.
 * It tries again with growing gaps, a few at a time and not too fast, since
 * names and addresses come from strangers. The gaps of a neighbour stay short:
 * a peer that mDNS hears, and that was connected, so that it is who it says.
 * Without I/O: the owner connects.
 */
#ifndef GOOP_DISCOVERYD_PEERS_DIALER_H
#define GOOP_DISCOVERYD_PEERS_DIALER_H

#include "common/base/monotime.h"
#include "common/libp2p/multiformats/peer_id.h"

enum {
	DIALER_PEERS_MAX = 1024,
	DIALER_RUNNING_MAX = 16,
	DIALER_BURST = 64,
	DIALER_PER_SECOND = 16,
	DIALER_GAP_MIN_MS = 1000,
	DIALER_GAP_MAX_MS = 60000,
	DIALER_GAP_NEIGHBOUR_MS = 1500, /* its cable may be back any moment */
};

struct dialer;

struct dialer *dialer_new(struct monotime now);
void dialer_free(struct dialer *);

/* There is news of the peer: be connected with it. News of one already wanted
 * do not shorten its gap: they come from strangers. */
void dialer_want(struct dialer *, const struct peer_id *, struct monotime now);
/* It dials us just now (a punch): do not wait for the end of the gap. */
void dialer_hurry(struct dialer *, const struct peer_id *, struct monotime now);
/* mDNS hears it, or does not any more. */
void dialer_set_near(struct dialer *, const struct peer_id *, bool is_near);
/* Our own network changed: what failed may have failed for that. */
void dialer_network_changed(struct dialer *, struct monotime now);
/* It left. */
void dialer_unwant(struct dialer *, const struct peer_id *);

/* A connection came about or ended, whichever side made it. */
void dialer_connected(struct dialer *, const struct peer_id *);
void dialer_disconnected(
    struct dialer *, const struct peer_id *, struct monotime now);
/* Nothing is known of any connection any more: goopd is gone. */
void dialer_reset(struct dialer *, struct monotime now);

/* The next to dial; false: none now. The owner brings the result. */
bool dialer_next(struct dialer *, struct monotime now, struct peer_id *ret);
void dialer_done(struct dialer *, const struct peer_id *, bool connected,
    struct monotime now);

struct monotime dialer_deadline(const struct dialer *);

#endif
