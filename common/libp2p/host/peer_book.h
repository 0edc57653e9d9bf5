/*
 * peer_book: a bounded table of the addresses of peers, each valid for a time,
 * with the backoff of those that failed. Bookkeeping only: callers bring the
 * clock and dial.
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

/* Note an address until expires; if full, the one that expires first is
 * dropped. True if it was not known; its earlier failures are forgotten. */
bool peer_book_learn(struct peer_book *, const struct peer_id *,
    const struct multiaddr *, struct monotime expires, struct monotime now);

/* The addresses to try now, at most max. *ret_known is the number of known
 * ones, including those in backoff. */
size_t peer_book_candidates(struct peer_book *, const struct peer_id *,
    struct monotime now, struct multiaddr *ret, size_t max, size_t *ret_known);

/* The address did not lead to the peer. */
void peer_book_failed(struct peer_book *, const struct peer_id *,
    const struct multiaddr *, struct monotime now);

/* Forget all failures of the peer: it is connected, or the user asks for it. */
void peer_book_forgive(struct peer_book *, const struct peer_id *);

/* The same for all peers: our own network may have been the cause. */
void peer_book_forgive_all(struct peer_book *);

#endif
