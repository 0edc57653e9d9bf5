/*
 * gossip_filter: which presence messages count. Only its author may speak of
 * a peer, nobody may repeat what was said before, and nobody may speak too
 * much. Whatever is dropped is counted by its reason.
 */
#ifndef GOOP_DISCOVERYD_PEERS_GOSSIP_FILTER_H
#define GOOP_DISCOVERYD_PEERS_GOSSIP_FILTER_H

#include "common/base/monotime.h"
#include "common/libp2p/multiformats/peer_id.h"
#include "common/presence/presence.h"

enum {
	PRESENCE_BYTES_MAX = 16 * 1024,
	PRESENCE_AUTHORS_MAX = 2048, /* more: the longest silent is forgotten */
	PRESENCE_BURST = 10,         /* messages of one author */
	PRESENCE_PER_SECOND = 3,
	/* An author whose clock went back and who started anew repeats old
	 * numbers in good faith; after so long a silence they count again. */
	PRESENCE_FORGET_MS = 5 * 60 * 1000,
	PRESENCE_OWN_KEPT = 16,
};

enum presence_verdict {
	PRESENCE_ACCEPTED = 0,
	PRESENCE_OWN,    /* our own message, come back */
	PRESENCE_DOUBLE, /* in our name, but not by us: the key is a copy */
	PRESENCE_DROPPED,
};

/* A message of the topic as goopd delivers it: its signature is checked. */
struct gossip {
	const char *author;
	uint64_t seqno;
	struct bytes data;
};

struct gossip_filter;

struct gossip_filter *gossip_filter_new(void);
void gossip_filter_free(struct gossip_filter *);

/* Who we are, and that we published a message with this time. */
void gossip_filter_set_self(struct gossip_filter *, const struct peer_id *);
void gossip_filter_sent(struct gossip_filter *, int64_t ts_ms);

/* Judge a message. PRESENCE_ACCEPTED: *ret holds it, with texts made
 * printable, for presence_gossip_message's fini, and *ret_peer its author. */
enum presence_verdict gossip_filter_check(struct gossip_filter *,
    const struct gossip *, struct monotime now, struct presence *ret,
    struct peer_id *ret_peer);

#endif
