/*
 * server_filter: which messages of one rendezvous server count, and what of
 * them. The server passes on what strangers publish, and may itself be
 * anybody's: only its contract (docs/rendezvous-1.1.md) is believed. Bounded in
 * rate, checked against the limits, proofs verified, texts and addresses made
 * safe. Whatever is dropped is counted by its reason.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_FILTER_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_FILTER_H

#include "common/base/monotime.h"
#include "common/libp2p/multiformats/peer_id.h"
#include "common/presence/presence.h"

enum {
	WAN_BURST = 20000, /* messages of a server: a long list, and then */
	WAN_PER_SECOND = 2000,
	WAN_PUNCH_BURST = 32,
	WAN_PUNCH_PER_SECOND = 2,
	WAN_OWN_KEPT = 64, /* of our own messages, to know them again */
};

enum wan_verdict {
	WAN_HEARD = 0, /* somebody is online, or left */
	WAN_NAMED,     /* in a list, older than what is known of that peer: it
			  is there, and the rest holds; peer is set */
	WAN_PUNCH,     /* dial that peer now */
	WAN_ECHO,      /* our own message, come back */
	WAN_MISTAKEN,  /* the server holds something else of us: tell it */
	WAN_DOUBLE,    /* proven, in our name, not by us: the key is a copy */
	WAN_DROPPED,
};

/* What is known of a peer by this server's earlier word; zero if it holds no
 * more, or never did. */
struct rendezvous_client_known {
	bool is_proven;
	int64_t ts_ms;
};
typedef void rendezvous_client_known_fn(
    const struct peer_id *, struct rendezvous_client_known *ret, void *arg);

struct server_filter;

/* The guard of one server, for a peer that came up at wall_ms. */
struct server_filter *server_filter_new(const struct peer_id *self,
    int64_t wall_ms, rendezvous_client_known_fn *known, void *arg);
void server_filter_free(struct server_filter *); /* NULL is fine */

/* We published a message with this time. */
void server_filter_sent(struct server_filter *, int64_t ts_ms);

/* A message as it came. */
struct wan_said {
	struct bytes json;
	bool is_listing;  /* between begin and synced: it may be old */
	int64_t wall_ms;  /* our clock */
	int64_t ahead_ms; /* the server's clock is ahead of it by */
	struct monotime now;
};

/* What counts of it. */
struct wan_heard {
	struct peer_id peer;
	struct presence presence; /* within its limits; without addrs */
	struct strings addresses; /* those that may be used */
	bool is_verified;         /* by the server's word */
	bool is_proven;           /* by the peer's signature */
	bool is_fresh;            /* proven, and said just now */
};

/* Judge a message. WAN_HEARD and WAN_PUNCH fill *ret, for wan_heard_fini(). */
enum wan_verdict server_filter_check(
    struct server_filter *, const struct wan_said *, struct wan_heard *ret);
void wan_heard_fini(struct wan_heard *);

/* Was anything lost by the rate since this was asked last? Then what is known
 * of the server's peers is not all. */
bool server_filter_take_lossy(struct server_filter *);

#endif
