/*
 * wan_backoff: how long to wait before a server is tried again
 * (docs/rendezvous-1.1.md, "Pacing"): 0.25 s, doubling to 60 s, each spread so
 * that the clients of one server do not come back at the same moment; or what
 * the server asked for. Pure: chance is passed in.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_BACKOFF_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_BACKOFF_H

#include <stdint.h>

enum {
	WAN_BACKOFF_FIRST_MS = 250,
	WAN_BACKOFF_MAX_MS = 60 * 1000,
	WAN_BACKOFF_TOLD_MIN_MS = 250,            /* a server may not ask */
	WAN_BACKOFF_TOLD_MAX_MS = 10 * 60 * 1000, /* for less, or for more */
};

struct wan_backoff {
	int64_t delay_ms; /* of the next wait, before it is spread */
	int64_t told_ms;  /* what the server asked for; -1: nothing */
};

void wan_backoff_init(struct wan_backoff *);

/* The server asks for this much, once. */
void wan_backoff_tell(struct wan_backoff *, int64_t ms);

/* At most this much from now on: it was there, if only for a moment. */
void wan_backoff_hasten(struct wan_backoff *, int64_t ms);

/* At least this much from now on: the answer is not worth asking often. */
void wan_backoff_slow(struct wan_backoff *, int64_t ms);

/* The next wait, and double the one after. chance is a random number. What is
 * not told is spread from half to one and a half, what is told up to a tenth
 * over. */
int64_t wan_backoff_next(struct wan_backoff *, uint32_t chance);

#endif
