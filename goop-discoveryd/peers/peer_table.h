/*
 * peer_table: the peers that announced themselves, over GossipSub or at
 * rendezvous servers; bounded. Each is online until it leaves or every source
 * is silent about it for the TTL, listed as offline for the grace time after
 * that, and then only remembered, so that it can be tried again on another day.
 * A peer of another tag (presence_tag.h) is a stranger: it counts only while a
 * server names it, and is remembered so that it is not tried.
 * Bookkeeping only: callers bring clock, messages and the results of probes.
 */
#ifndef GOOP_DISCOVERYD_PEERS_PEER_TABLE_H
#define GOOP_DISCOVERYD_PEERS_PEER_TABLE_H

#include "common/base/hash.h"
#include "common/presence/presence_judge.h"
#include "goop-discoveryd/peers/peer_sources.h"
#include "goop-discoveryd/peers/reachability.h"
#include "proto/discovery_ops.h"

enum { PEER_TABLE_FULL = 1, PEER_TABLE_STRANGER };

enum peer_state { PEER_ONLINE, PEER_OFFLINE, PEER_REMEMBERED };

struct peer {
	struct peer_id id;
	enum peer_state state;
	enum peer_state reported; /* by on_changed, last */
	struct peer_row row;      /* as shown to others */
	struct reachability reach;
	struct peer_sources sources;
	/* When to look again: the end of the state, or of a claim;
	 * NEVER for the remembered. */
	struct monotime until;
	bool is_heard; /* in this run, not only from the cache */
	/* Since on_changed was called last. */
	bool has_new_addresses, has_new_email;
	UT_hash_handle hh;
};

struct peer_table_limits {
	size_t max;
	int64_t ttl_ms;
	int64_t grace_ms;
	const char *tag; /* our own; borrowed */
};
struct peer_table_user {
	void (*on_changed)(
	    const struct peer *, void *arg); /* online, offline */
	void (*on_removed)(const struct peer *, void *arg); /* listed no more */
};

struct peer_table;

/* user is borrowed. */
struct peer_table *peer_table_new(const struct peer_table_limits *,
    const struct peer_table_user *, void *arg);
void peer_table_free(struct peer_table *); /* without callbacks */

/* A presence message that counts. */
struct peer_heard {
	enum peer_source source;
	const struct presence_heard *message;
	int64_t wall_ms;
	bool is_near; /* mDNS knows the peer */
};
/* 0; PEER_TABLE_FULL: every peer in it is online and answers;
 * PEER_TABLE_STRANGER: by gossip, from a peer of another tag. */
int peer_table_hear(
    struct peer_table *, const struct peer_heard *, struct monotime now);

/* mDNS found the peer on an interface, which makes it one of our tag; or lost
 * it. */
void peer_table_set_near(
    struct peer_table *, const struct peer_id *, bool is_near);

/* How the peer is connected (proto/path_ops.h); way NULL: it is not. One that
 * is connected is reachable, whatever a probe says. */
void peer_table_set_way(struct peer_table *, const struct peer_id *,
    const char *way, int64_t rtt_us);
/* None is connected any more. */
void peer_table_forget_ways(struct peer_table *);

/* --- a server's list */

/* Peers online by this server's claim stay so for that long from now, no longer
 * and no shorter; except those that its list did not name. */
void peer_table_renew(struct peer_table *, enum peer_source, int64_t for_ms,
    int64_t wall_ms, struct monotime now);

/* The server names a peer of which more is known than what it says. */
void peer_table_name(struct peer_table *, enum peer_source,
    const struct peer_id *, struct monotime now);

/* The server begins to list all its peers (or only what changed); the list is
 * complete: the peers that a full one did not name are online by its claim for
 * the TTL and no longer. A server may lose peers in a crash; those that live
 * publish again. */
void peer_table_begin(struct peer_table *, enum peer_source, bool is_full);
void peer_table_synced(
    struct peer_table *, enum peer_source, struct monotime now);

/* How many are online by its claim. */
size_t peer_table_count(const struct peer_table *, enum peer_source);

/* A peer of an earlier run: listed as offline, to be probed after delay_ms
 * (negative: not). Known ones and a full table are left as they are. */
void peer_table_remember(struct peer_table *, const struct peer_row *,
    int64_t delay_ms, struct monotime now);

/* A connection to or from the peer came to be, or ended. */
void peer_table_connected(
    struct peer_table *, const struct peer_id *, struct monotime now);
void peer_table_disconnected(
    struct peer_table *, const struct peer_id *, struct monotime now);

/* The next peer to probe: those online first; false: none now. The owner
 * probes it and brings the result. */
bool peer_table_next_probe(
    struct peer_table *, struct monotime now, struct peer_id *ret);
void peer_table_probed(struct peer_table *, const struct peer_id *,
    bool answered, struct monotime now);
/* It could not be asked, which says nothing about it: ask again. */
void peer_table_probe_void(
    struct peer_table *, const struct peer_id *, struct monotime now);
/* When the next is to be probed. */
struct monotime peer_table_probe_due(const struct peer_table *);
/* Probe every listed peer, whatever is known of it. */
void peer_table_probe_all(struct peer_table *, struct monotime now);
/* Is any peer being probed, or due to be? */
bool peer_table_is_probing(const struct peer_table *, struct monotime now);
/* Probe the peers that are not online: the network changed. */
void peer_table_probe_absent(struct peer_table *, struct monotime now);

/* No peer could be heard for a while, for a reason of ours: those online get
 * their TTL anew. */
void peer_table_grant(struct peer_table *, struct monotime now);

/* Move on the peers that were silent, and when to come back. */
void peer_table_run(struct peer_table *, struct monotime now);
struct monotime peer_table_deadline(const struct peer_table *);

const struct peer *peer_table_find(
    const struct peer_table *, const struct peer_id *);
/* All, in the order in which they came; follow hh.next. */
const struct peer *peer_table_first(const struct peer_table *);
size_t peer_table_online(const struct peer_table *);

#endif
