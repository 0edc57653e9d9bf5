/*
 * peer_book: where peers may be: a bounded table of addresses by peer, each
 * valid for a time, and when an address that failed may be tried again.
 * Bookkeeping only: callers bring the clock and dial.
 */
#ifndef COMMON_LIBP2P_HOST_PEER_BOOK_H
#define COMMON_LIBP2P_HOST_PEER_BOOK_H

#include "common/base/monotime.h"
#include "common/libp2p/multiformats/multiaddr.h"

enum {
	PEER_BOOK_BACKOFF_MS = 5000,        /* after the nth failure: this */
	PEER_BOOK_BACKOFF_SQUARE_MS = 1000, /* and n * n times this, */
	PEER_BOOK_BACKOFF_MAX_MS = 300000,  /* at most this */
};

struct peer_book;

struct peer_book *peer_book_new(size_t max_peers, size_t max_addresses);
void peer_book_free(struct peer_book *);

/* Note an address until expires. Full: what expires first goes. True if it was
 * not known; then whatever failed there before is forgotten. */
bool peer_book_learn(struct peer_book *, const struct peer_id *,
    const struct multiaddr *, struct monotime expires, struct monotime now);

/* The addresses to try now, at most max. *ret_known tells how many there are,
 * those that failed lately too. */
size_t peer_book_candidates(struct peer_book *, const struct peer_id *,
    struct monotime now, struct multiaddr *ret, size_t max, size_t *ret_known);

/* The address did not lead to the peer. */
void peer_book_failed(struct peer_book *, const struct peer_id *,
    const struct multiaddr *, struct monotime now);

/* Forget all failures of the peer: it is there, or a user insists. */
void peer_book_forgive(struct peer_book *, const struct peer_id *);

/* Of all peers: it was our own network, perhaps. */
void peer_book_forgive_all(struct peer_book *);

#endif
