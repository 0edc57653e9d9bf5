/*
 * reach_check: has peers of other networks dial our addresses, and does the
 * same for them once ours is known to be reachable (AutoNAT). A peer of our own
 * network proves nothing: it is not asked.
 */
#ifndef GOOPD_REACH_REACH_CHECK_H
#define GOOPD_REACH_REACH_CHECK_H

#include "common/libp2p/host/host.h"
#include "goopd/reach/verdicts.h"

struct reach_check;

/* The state of an address changed. To be freed after the host. */
struct reach_check *reach_check_new(
    struct host *, void (*on_change)(void *arg), void *arg);
void reach_check_free(struct reach_check *); /* NULL is fine */

/* The addresses to be judged from now on; those that are not public are left
 * out. */
void reach_check_set(
    struct reach_check *, const struct candidate *, size_t count);

/* A peer that is asked before others, such as a relay. */
void reach_check_prefer(struct reach_check *, const struct peer_id *);

/* For the observer of the host: a peer may be one to ask; our own network
 * changed. */
void reach_check_on_identified(struct reach_check *);
void reach_check_on_network(struct reach_check *);

const struct verdicts *reach_check_verdicts(const struct reach_check *);

#endif
