/*
 * wan: the rendezvous servers that this peer uses, at most its own and one
 * more: what they tell is judged (server_filter) and goes to the peer table,
 * each server's word apart; what we say of ourselves is signed by goopd once
 * and published at all of them. It knows no transport: that is
 * rendezvous_server's.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_CLIENT_H
#define GOOP_DISCOVERYD_RENDEZVOUS_RENDEZVOUS_CLIENT_H

#include "goop-discoveryd/goopd_session.h"
#include "goop-discoveryd/peers/peer_table.h"
#include "goop-discoveryd/rendezvous/server_filter.h"
#include "common/presence/presence.h"

enum {
	WAN_SERVERS_MAX = GOOP_SERVERS_MAX,
	/* A server drops who is silent for 30 s, and its older subscribers
	 * after 20 s (docs/rendezvous-1.1.md, reference 4 and 5.3). */
	WAN_HEARTBEAT_MIN_MS = 2000,
	WAN_HEARTBEAT_MAX_MS = 8000,
	/* Longer than a stream in delta mode may be silent (30 s). */
	WAN_ALIVE_MS = 35000,
	WAN_SIGN_MS = 2000,
	WAN_GOODBYE_SIGN_MS = 300,
	/* Servers whose clocks differ by less get the same message; a clock
	 * that is off by less is what the Date header cannot tell. */
	WAN_CLOCKS_SHARED_MS = 30000,
	WAN_CLOCK_ERROR_MS = 5000,
	WAN_TELL_GAP_MS = 1000, /* between news of a server's number of peers */
};

struct rendezvous_client_user {
	/* What we say of ourselves, but for type, peerId, ts and proof. The
	 * members are copies, freed by the caller. */
	void (*fill)(struct presence *ret, void *arg);
	/* Somebody is online or left, by this server's word. */
	void (*on_heard)(
	    enum peer_source, const struct presence_heard *, void *arg);
	/* Dial that peer now: it dials us. */
	void (*on_punch)(const struct presence_heard *, void *arg);
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
	struct goopd_session *goopd;
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

/* Use this server (PEER_OWN_SERVER or PEER_WAN_SERVER) once it is known who we
 * are. url is copied. */
void rendezvous_client_add(
    struct rendezvous_client *, enum peer_source, const char *url);

/* goopd is there, and we are this peer: publish; or it is gone. */
void rendezvous_client_up(
    struct rendezvous_client *, const char *peer_id, struct monotime now);
void rendezvous_client_down(struct rendezvous_client *);

/* The profile or the addresses changed: publish. */
void rendezvous_client_changed(struct rendezvous_client *, struct monotime now);
/* The links changed, or we were suspended: connections may be dead. */
void rendezvous_client_network_changed(struct rendezvous_client *);

/* Do what is due, and when to come back. */
void rendezvous_client_run(struct rendezvous_client *, struct monotime now);
struct monotime rendezvous_client_deadline(const struct rendezvous_client *);

/* Say goodbye everywhere; done comes from the loop, in bounded time. */
void rendezvous_client_stop(
    struct rendezvous_client *, void (*done)(void *arg), void *arg);

size_t rendezvous_server_count(const struct rendezvous_client *);
size_t rendezvous_client_connected(const struct rendezvous_client *);

/* The rows of all, for message_fini(servers_reply_message). */
void rendezvous_client_rows(const struct rendezvous_client *,
    struct monotime now, struct servers_reply *ret);

#endif
