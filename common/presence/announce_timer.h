/*
 * announce_timer: when our presence message is published, on GossipSub or at
 * rendezvous servers: online at first, an update every heartbeat, at once when
 * the profile changes or a new subscriber would otherwise wait for the
 * heartbeat; several reasons at one time make one message. Without I/O: the
 * owner publishes.
 */
#ifndef COMMON_PRESENCE_ANNOUNCE_TIMER_H
#define COMMON_PRESENCE_ANNOUNCE_TIMER_H

#include "common/base/token_bucket.h"

enum {
	ANNOUNCE_GATHER_MS = 100, /* newcomers within this time are one */
	ANNOUNCE_BURST = 5,       /* messages at once, and then as many a minute
				   as goopd's signer leaves (its limit is 120) */
	ANNOUNCE_GOSSIP_PER_MINUTE = 80,
	ANNOUNCE_SERVERS_PER_MINUTE = 30,
	ANNOUNCE_RETRY_MS = 500,
};

struct announce_timer {
	bool is_up;       /* goopd can publish for us */
	bool said_online; /* since then */
	int64_t heartbeat_ms;
	struct monotime due;
	struct token_bucket bucket;
};

void announce_timer_init(struct announce_timer *, int64_t heartbeat_ms,
    double per_minute, struct monotime now);

/* goopd is there (anew), or gone. */
void announce_timer_up(struct announce_timer *, struct monotime now);
void announce_timer_down(struct announce_timer *);

/* The profile or the addresses changed; a peer began to subscribe. */
void announce_timer_changed(struct announce_timer *, struct monotime now);
void announce_timer_newcomer(struct announce_timer *, struct monotime now);

/* What to publish now, PRESENCE_ONLINE or PRESENCE_UPDATE; NULL: nothing. */
const char *announce_timer_next(struct announce_timer *, struct monotime now);

/* What was to be published was not. */
void announce_timer_failed(struct announce_timer *, struct monotime now);

struct monotime announce_timer_deadline(const struct announce_timer *);

#endif
