/*
 * gossip_filter: which presence messages on GossipSub count. The rules for one
 * message are presence_judge's; here an author may not repeat a message or
 * exceed its rate. Every drop is counted by its reason.
 */
#ifndef GOOP_DISCOVERYD_PEERS_GOSSIP_FILTER_H
#define GOOP_DISCOVERYD_PEERS_GOSSIP_FILTER_H

#include "common/base/monotime.h"
#include "common/presence/presence_judge.h"

enum {
	GOSSIP_AUTHORS_MAX = 2048, /* more: the longest silent is forgotten */
	GOSSIP_BURST = 10,         /* messages of one author */
	GOSSIP_PER_SECOND = 3,
	/* An author that restarts with its clock set back repeats old numbers
	 * in good faith: after this much silence they count again. */
	GOSSIP_FORGET_MS = 5 * 60 * 1000,
};

/* A message of the topic as goopd delivers it: its signature is checked. */
struct gossip {
	const char *author;
	uint64_t seqno;
	struct bytes data;
};

struct gossip_filter;

struct gossip_filter *gossip_filter_new(void);
void gossip_filter_free(struct gossip_filter *); /* NULL is fine */

/* Our own peer id; and that we published a message with this ts. */
void gossip_filter_set_self(struct gossip_filter *, const struct peer_id *self);
void gossip_filter_sent(struct gossip_filter *, int64_t ts_ms);

/* HEARD fills *ret, for presence_heard_fini(); else ECHO, DOUBLE or DROPPED. */
enum presence_verdict gossip_filter_check(struct gossip_filter *,
    const struct gossip *, struct monotime now, struct presence_heard *ret);

#endif
