/*
 * peer_sources: what each source claims about one peer, kept apart. A peer is
 * online while any source says so; a source that falls silent takes back only
 * its own claim. Bookkeeping only, embedded in peer_table's rows.
 */
#ifndef GOOP_DISCOVERYD_PEERS_PEER_SOURCES_H
#define GOOP_DISCOVERYD_PEERS_PEER_SOURCES_H

#include <stdbool.h>

#include "common/base/monotime.h"

enum peer_source {
	PEER_ANSWER,     /* known from an earlier run, it answered when asked */
	PEER_GOSSIP,     /* itself, signed, over GossipSub */
	PEER_OWN_SERVER, /* the rendezvous server that this peer hosts */
	PEER_OTHER_SERVER, /* presence.rendezvous_wan */
	PEER_SOURCES
};

struct peer_claim {
	bool is_online;
	bool is_proven;   /* the peer's own signature was on it */
	bool is_verified; /* the server knows the e-mail address */
	bool is_named;    /* since the server began its list */
	bool is_missing;  /* not in the server's list: not renewed */
	struct monotime until;
	/* Until then, what is no newer than ts_ms is older than the peer's own
	 * goodbye. */
	struct monotime spent;
	int64_t ts_ms;       /* of its last message, by the sender's clock */
	unsigned int digest; /* of the message; 0: it was not taken */
};

struct peer_sources {
	struct peer_claim of[PEER_SOURCES];
	bool is_near;    /* mDNS hears it */
	bool was_remote; /* a server named it in this run */
};

/* Is the peer online by any claim? By a server's? */
bool peer_sources_online(const struct peer_sources *);
bool peer_sources_remote(const struct peer_sources *);

/* Is a claim that holds proven? Does a server call the peer verified? */
bool peer_sources_proven(const struct peer_sources *);
bool peer_sources_verified(const struct peer_sources *);

/* Where it is seen, in words: "lan", "wan", "lan and wan", "cache". Gossip
 * reaches far once two peers of a server are connected; so it counts for the
 * LAN only if mDNS knows the peer or no server ever did. */
const char *peer_sources_source(const struct peer_sources *);

/* The source says that the peer is online until then. */
void peer_sources_say(struct peer_sources *, enum peer_source, struct monotime);

/* The source takes its claim back. */
void peer_sources_drop(struct peer_sources *, enum peer_source);

/* The server's list does not name the peer: its claim ends when it would have,
 * but then at the latest. */
void peer_sources_miss(
    struct peer_sources *, enum peer_source, struct monotime until);

/* The peer itself said goodbye: until then no message counts that is as old as
 * an earlier claim. */
void peer_sources_spend(struct peer_sources *, struct monotime until);
bool peer_sources_is_spent(const struct peer_sources *, enum peer_source,
    int64_t ts_ms, struct monotime now);

/* Drop what was not renewed; when the next is to be dropped. */
void peer_sources_expire(struct peer_sources *, struct monotime now);
struct monotime peer_sources_deadline(const struct peer_sources *);

/* None of those that hold ends before that. */
void peer_sources_grant(struct peer_sources *, struct monotime until);

#endif
