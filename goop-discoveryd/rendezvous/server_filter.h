/*
 * server_filter: which messages of one rendezvous server count, and what of
 * them. A server passes on what strangers publish, and may itself be hostile:
 * no more than its contract (docs/rendezvous-1.1.md) is believed. The rules
 * for one message are presence_judge's; here are the rates of a server, and
 * what is older or less certain than what is known of a peer. Every drop is
 * counted by its reason.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_FILTER_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_FILTER_H

#include "common/base/monotime.h"
#include "common/presence/presence_judge.h"

enum {
	SERVER_BURST = 20000, /* messages of a server: a long list, and then */
	SERVER_PER_SECOND = 2000,
	SERVER_PUNCH_BURST = 32,
	SERVER_PUNCH_PER_SECOND = 2,
};

/* What this server's last message about a peer said; zero if it no longer
 * holds, or there was none. */
struct server_known {
	bool is_proven;
	int64_t ts_ms;
};
typedef void server_known_fn(
    const struct peer_id *, struct server_known *ret, void *arg);

struct server_filter;

/* The filter of one server, for the peer self that came up at wall_ms. */
struct server_filter *server_filter_new(const struct peer_id *self,
    int64_t wall_ms, server_known_fn *known, void *arg);
void server_filter_free(struct server_filter *); /* NULL is fine */

/* We published a message with this ts. */
void server_filter_sent(struct server_filter *, int64_t ts_ms);

/* A message as it came. */
struct server_said {
	struct bytes json;
	bool is_listing;  /* between begin and synced: it may be old */
	int64_t wall_ms;  /* our clock */
	int64_t ahead_ms; /* the server's clock is ahead of it by */
	struct monotime now;
};

/* HEARD and PUNCH fill *ret, for presence_heard_fini(); NAMED sets its peer;
 * else ECHO, MISTAKEN, DOUBLE or DROPPED. */
enum presence_verdict server_filter_check(struct server_filter *,
    const struct server_said *, struct presence_heard *ret);

/* Was a message dropped by the rate since the last call? Then what is known of
 * the server's peers is incomplete. */
bool server_filter_take_lossy(struct server_filter *);

#endif
