/*
 * peer_list: the peers as pages see them: one JSON text a peer, encoded once
 * when its row arrives. Bookkeeping only.
 */
#ifndef GOOP_VIEWERD_FEEDS_PEER_LIST_H
#define GOOP_VIEWERD_FEEDS_PEER_LIST_H

#include "common/base/buffer.h"
#include "proto/discovery_ops.h"

/* Bytes of JSON of one peer. A peer with many addresses takes half of it. */
enum { PEER_LIST_ROW_MAX = 1536 };

struct peer_list {
	struct listed_peer *peers; /* sorted by peer_id */
	size_t count;
};
struct listed_peer {
	char *peer_id;
	char *json;
};

void peer_list_fini(struct peer_list *);

/* Replace all peers by those of the reply. */
void peer_list_replace(struct peer_list *, const struct peers_reply *);

/* Add or replace one peer. Addresses, then texts, that do not fit into
 * PEER_LIST_ROW_MAX are left out. Its JSON, borrowed; NULL, with the list
 * unchanged, if the list is full or the row does not fit at all. */
const char *peer_list_put(struct peer_list *, const struct peer_row *);

/* False: there is no such peer. */
bool peer_list_remove(struct peer_list *, const char *peer_id);

/* Append all peers as a JSON array. */
void peer_list_print(const struct peer_list *, struct buffer *);

#endif
