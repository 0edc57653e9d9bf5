/*
 * punch_hints: tells two peers to dial each other at the same moment, so that
 * NATs between them let the connection through (docs/rendezvous-1.1.md). A hint
 * is sent on a live WebSocket of the peer that is to dial, for a limited number
 * of partners, and once a minute for the same pair.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_PUNCH_HINTS_H
#define GOOP_RENDEZVOUSD_SERVICE_PUNCH_HINTS_H

#include "goop-rendezvousd/roster/roster.h"

enum {
	PUNCH_PARTNERS_MAX = 32,    /* for one event */
	PUNCH_LOOK_MAX = 512,       /* rows examined to find them */
	PUNCH_AGAIN_MS = 60 * 1000, /* for the same pair */
	PUNCH_NEW_MS = 60 * 1000,   /* a new WebSocket gets hints for a row
				       that is not older */
	PUNCH_PAIRS_MAX = 32768,
	PUNCH_PER_SECOND = 500,
	PUNCH_BURST = 2000,
};

struct punch_hints;

/* Send text, borrowed, on the live WebSocket of target. False: there is none,
 * or it takes no more. */
typedef bool punch_tell_fn(
    const struct roster_row *target, struct shared_text *text, void *arg);

struct punch_hints *punch_hints_new(
    const struct roster *, punch_tell_fn *, void *arg);
void punch_hints_free(struct punch_hints *);

/* The row joined or changed; to be called after the event was passed on. */
void punch_hints_moved(struct punch_hints *, const struct roster_row *,
    struct monotime now, int64_t clock_ms);

/* A WebSocket of the row opened: send it the hints that it missed. */
void punch_hints_connected(struct punch_hints *, const struct roster_row *,
    struct monotime now, int64_t clock_ms);

#endif
