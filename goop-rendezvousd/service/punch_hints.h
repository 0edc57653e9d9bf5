/*
 * punch_hints: tells two peers to dial each other at the same moment, so that
 * routers in between let them through (rendezvous reference, section 4). A
 * hint goes only to a live WebSocket of whom it is for, to a bounded number of
 * partners, and not again for the same pair within a minute.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_PUNCH_HINTS_H
#define GOOP_RENDEZVOUSD_SERVICE_PUNCH_HINTS_H

#include "goop-rendezvousd/roster/roster.h"

enum {
	PUNCH_PARTNERS_MAX = 32,    /* for one event */
	PUNCH_LOOK_MAX = 512,       /* rows looked at for them */
	PUNCH_AGAIN_MS = 60 * 1000, /* for the same pair */
	PUNCH_NEW_MS = 60 * 1000,   /* a WebSocket gets hints if its row is
				       not older */
	PUNCH_PAIRS_MAX = 32768,
	PUNCH_PER_SECOND = 500,
	PUNCH_BURST = 2000,
};

struct punch_hints;

/* Tell the peer, if it has a live WebSocket that takes it. text is borrowed. */
typedef bool punch_tell_fn(
    const struct roster_row *target, struct shared_text *text, void *arg);

struct punch_hints *punch_hints_new(
    const struct roster *, punch_tell_fn *, void *arg);
void punch_hints_free(struct punch_hints *);

/* The row joined, or changed; call after the event was passed on. */
void punch_hints_moved(struct punch_hints *, const struct roster_row *,
    struct monotime now, int64_t clock_ms);

/* A WebSocket of the row opened: it gets the hints it missed. */
void punch_hints_connected(struct punch_hints *, const struct roster_row *,
    struct monotime now, int64_t clock_ms);

#endif
