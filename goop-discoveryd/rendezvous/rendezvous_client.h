/*
 * rendezvous_client: the rendezvous servers that this peer uses, at most its
 * own and one more. What they say is judged (server_filter) and goes to the
 * peer table, apart for each server; our presence message is signed by goopd
 * once and published at all of them. The transport is rendezvous_server's.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_CLIENT_H
#define GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_CLIENT_H

#include "common/bus/goopd_bus.h"
#include "goop-discoveryd/peers/peer_table.h"
#include "goop-discoveryd/rendezvous/server_filter.h"
#include "goop-discoveryd/rendezvous/server_relay.h"

enum {
	RENDEZVOUS_SERVERS_MAX = GOOP_SERVERS_MAX,
	/* For this long a byte on a stream in delta mode keeps its peers
	 * online: longer than such a stream may be silent (30 s). */
	RENDEZVOUS_ALIVE_MS = 35000,
};

struct rendezvous_client_user {
	/* Our presence message, without proof; for presence_fini(). */
	void (*fill)(
	    const char *type, int64_t ts_ms, struct presence *ret, void *arg);
	/* Have goopd sign these bytes; false: goopd is away, done never comes.
	 */
	bool (*sign)(struct bytes, int64_t budget_ms,
	    presence_sign_done_fn *done, void *done_arg, void *arg);
	/* A peer is online or left, as this server says. */
	void (*on_heard)(
	    enum peer_source, const struct presence_heard *, void *arg);
	/* Dial that peer now: it dials us. */
	void (*on_punch)(const struct presence_heard *, void *arg);
	/* The relay of this server changed; peer_id NULL: it has none. */
	void (*on_relay)(const char *url, const struct relay_info *, void *arg);
	/* Another machine uses our key. */
	void (*on_double)(void *arg);
	/* Something is to be done: call rendezvous_client_run soon. */
	void (*on_work)(void *arg);
	/* A server's row changed; borrowed. */
	void (*on_changed)(const struct server_row *, void *arg);
};

struct rendezvous_client_plan {
	struct event_base *base;
	struct resolver *resolver;
	struct peer_table *table;
	int64_t ttl_ms;
	int64_t heartbeat_ms;
	const struct rendezvous_client_user *user;
	void *arg;
};

struct rendezvous_client;

/* Everything in the plan is borrowed. No servers yet. */
struct rendezvous_client *rendezvous_client_new(
    const struct rendezvous_client_plan *, struct monotime now);
void rendezvous_client_free(
    struct rendezvous_client *); /* NULL is fine; not from inside a callback */

/* Use this server (PEER_OWN_SERVER, then PEER_OTHER_SERVER) once our peer id is
 * known; also later, while there is none of this source. url is copied. */
void rendezvous_client_add(
    struct rendezvous_client *, enum peer_source, const char *url);

/* Say goodbye at the server of this source, which was added last, and use it no
 * more. Not from inside a callback. */
void rendezvous_client_leave(struct rendezvous_client *, enum peer_source);

/* goopd is there, and we are this peer: publish; or it is gone. */
void rendezvous_client_up(
    struct rendezvous_client *, const char *peer_id, struct monotime now);
void rendezvous_client_down(struct rendezvous_client *);

/* Tell the relays of all servers again: goopd has started anew. */
void rendezvous_client_tell_relays(struct rendezvous_client *);

/* The profile or the addresses changed: publish. */
void rendezvous_client_changed(struct rendezvous_client *, struct monotime now);
/* The interfaces changed, or we were suspended: connections may be dead. */
void rendezvous_client_network_changed(struct rendezvous_client *);

/* Do what is due, and when to come back. */
void rendezvous_client_run(struct rendezvous_client *, struct monotime now);
struct monotime rendezvous_client_deadline(const struct rendezvous_client *);

/* Say goodbye at each server; done comes from the loop, in bounded time. */
void rendezvous_client_stop(
    struct rendezvous_client *, void (*done)(void *arg), void *arg);

size_t rendezvous_client_count(const struct rendezvous_client *);
size_t rendezvous_client_connected(const struct rendezvous_client *);

/* The rows of all servers, for message_fini(servers_reply_message). */
void rendezvous_client_rows(const struct rendezvous_client *,
    struct monotime now, struct servers_reply *ret);

#endif
