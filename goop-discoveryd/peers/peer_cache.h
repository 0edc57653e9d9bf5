/*
 * peer_cache: the peers once seen, in cache/peers.json, so that they are tried
 * at the next start even where multicast does not reach them. A hint only:
 * losing it costs nothing but time.
 */
#ifndef GOOP_DISCOVERYD_PEERS_PEER_CACHE_H
#define GOOP_DISCOVERYD_PEERS_PEER_CACHE_H

#include "goop-discoveryd/peers/peer_table.h"

#define PEER_CACHE_FILE    "peers.json"
#define PEER_CACHE_DAMAGED "peers.json.damaged"

enum {
	PEER_CACHE_BYTES_MAX = 4 * 1024 * 1024,
	PEER_CACHE_TRIED_MAX = 128, /* the last seen are tried at start */
	PEER_CACHE_TRY_GAP_MS = 100,
};

/* Fill an empty table from the file beneath dirfd. How many; a missing file is
 * none, a damaged one is set aside with a warning. */
size_t peer_cache_load(int dirfd, struct peer_table *, struct monotime now);

/* The same from memory. 0, or -EBADMSG with *why a malloc'd sentence. */
int peer_cache_decode(
    struct bytes, struct peer_table *, struct monotime now, char **why);

/* Replace the file. 0 or -errno. */
int peer_cache_save(int dirfd, const struct peer_table *);

#endif
