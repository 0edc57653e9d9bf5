/*
 * herald: when we tell others that we are here, over GossipSub or at
 * rendezvous servers. Online at first, an update every heartbeat, at once when
 * the profile changes and when somebody new listens (his first message would
 * else come a heartbeat late); several reasons at one time make one message.
 * Without I/O: the owner publishes.
 */
#ifndef GOOP_DISCOVERYD_ANNOUNCE_TIMER_H
#define GOOP_DISCOVERYD_ANNOUNCE_TIMER_H

#include "common/base/token_bucket.h"

enum {
	HERALD_GATHER_MS = 100, /* newcomers within this time are one */
	HERALD_BURST = 5,       /* messages at once, and then as many a minute
				   as goopd's signer leaves (its limit is 120) */
	HERALD_GOSSIP_PER_MINUTE = 80,
	HERALD_WAN_PER_MINUTE = 30,
	HERALD_RETRY_MS = 500,
};

struct herald {
	bool is_up;       /* there is somebody to publish for us */
	bool told_online; /* since then */
	int64_t heartbeat_ms;
	struct monotime due;
	struct token_bucket bucket;
};

void herald_init(struct herald *, int64_t heartbeat_ms, double per_minute,
    struct monotime now);

/* goopd is there (anew), or gone. */
void herald_up(struct herald *, struct monotime now);
void herald_down(struct herald *);

/* The profile or the addresses changed; somebody began to listen. */
void herald_changed(struct herald *, struct monotime now);
void herald_newcomer(struct herald *, struct monotime now);

/* What to publish now, PRESENCE_ONLINE or PRESENCE_UPDATE; NULL: nothing. */
const char *herald_next(struct herald *, struct monotime now);

/* What was to be published was not. */
void herald_failed(struct herald *, struct monotime now);

struct monotime herald_deadline(const struct herald *);

#endif
