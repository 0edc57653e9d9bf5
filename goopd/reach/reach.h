/*
 * reach: how other peers reach this one from other networks: at addresses that
 * others have tried (AutoNAT), by a port of the router, and by places at the
 * relays of its rendezvous servers. What leads here is announced.
 */
#ifndef GOOPD_REACH_REACH_H
#define GOOPD_REACH_REACH_H

#include "common/libp2p/host/host.h"
#include "proto/reach_ops.h"
#include "proto/relay_ops.h"

struct reach;

/* on_change: reach_print_status() says something else. To be freed after its
 * host. */
struct reach *reach_new(struct host *, void (*on_change)(void *arg), void *arg);
/* The host is about to be freed: nothing is begun any more. */
void reach_stop(struct reach *);
void reach_free(struct reach *); /* NULL is fine */

/* The relay of a server: hold a place there from now on; without an id, or with
 * another one than before: no more at that server's earlier relay. 0; -EINVAL:
 * no peer id; -ENOSPC: more servers than GOOP_RELAYS_MAX. */
int reach_take_offer(struct reach *, const struct relay_offer *);

/* A peer at one of these servers that announces no place at a relay: it is
 * looked for at theirs. */
void reach_learn_places(
    const struct reach *, const struct peer_id *, int64_t ttl_ms);

/* For the observer of the host: own addresses changed; a peer said what it
 * speaks; the last connection to a peer is gone. */
void reach_on_addresses(struct reach *);
void reach_on_identified(struct reach *, const struct peer_id *);
void reach_on_disconnected(struct reach *, const struct peer_id *);

/* What the port mapping has come to (borrowed): a state of struct
 * reachability_report, and at most REACH_MAPPINGS_MAX rows. Outside addresses
 * that other networks may reach are announced. */
void reach_set_mapped(struct reach *, const char *state,
    const struct reach_mapping *, size_t count);

/* What is known of it now; for message_fini(). */
void reach_report(const struct reach *, struct reachability_report *ret);

/* For goop2 status: "mapped by pcp as /ip4/..., reachable from outside, a place
 * at 1 relay"; "" where none of it is known. */
enum { REACH_STATUS_SIZE = 256 };
void reach_print_status(const struct reach *, char text[REACH_STATUS_SIZE]);

/* How a connection to a peer goes, as pages and goop2 peers say it. */
const char *reach_way(const struct host_path *);

#endif
