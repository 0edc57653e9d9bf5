/*
 * server_backoff: a delay that grows with each failure
 * (docs/rendezvous-1.1.md, "Pacing"): 0.25 s, doubling to 60 s, each spread so
 * that the clients of one server do not come back at the same moment; or what
 * the server asked for. server_plan decides which answer leads to which delay.
 * Pure: chance is passed in.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_BACKOFF_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_BACKOFF_H

#include <stdint.h>

enum {
	SERVER_BACKOFF_FIRST_MS = 250,
	SERVER_BACKOFF_MAX_MS = 60 * 1000,
	SERVER_BACKOFF_TOLD_MIN_MS = 250,            /* a server may not ask */
	SERVER_BACKOFF_TOLD_MAX_MS = 10 * 60 * 1000, /* for less, or for more */
};

struct server_backoff {
	int64_t delay_ms; /* of the next wait, before it is spread */
	int64_t told_ms;  /* what the server asked for; -1: nothing */
};

void server_backoff_init(struct server_backoff *);

/* The server asks for this much, once. */
void server_backoff_tell(struct server_backoff *, int64_t ms);

/* At most this much from now on: it was there, if only for a moment. */
void server_backoff_hasten(struct server_backoff *, int64_t ms);

/* At least this much from now on: the answer is not worth asking often. */
void server_backoff_slow(struct server_backoff *, int64_t ms);

/* The next wait, and double the one after. chance is a random number. What is
 * not told is spread from half to one and a half, what is told up to a tenth
 * over. */
int64_t server_backoff_next(struct server_backoff *, uint32_t chance);

#endif
