/*
 * roster_restore: puts back what a former run of the server knew. For the
 * store, on an empty roster; causes no events.
 */
#ifndef GOOP_RENDEZVOUSD_ROSTER_ROSTER_RESTORE_H
#define GOOP_RENDEZVOUSD_ROSTER_ROSTER_RESTORE_H

#include "goop-rendezvousd/roster/roster.h"

/*
 * The range of a history. Cursors above unsure, up to unsure_end, are of a run
 * that ended before it saved their changes; departures older than floor are
 * forgotten. Neither are covered.
 */
struct roster_past {
	uint32_t epoch;
	uint64_t version;
	uint64_t floor;
	uint64_t unsure, unsure_end;
};

struct roster_past roster_get_past(const struct roster *);

/* Before anything else is restored. */
void roster_set_past(struct roster *, const struct roster_past *);

struct roster_restored {
	const char *peer_id;
	struct bytes text; /* as it was passed on */
	uint64_t version;
	int64_t proven_ts_ms;
	int64_t first_seen_ms;
	uint64_t bytes_sent;
	bool is_online;
	bool is_proven;
};

/* To be called in order of version. 0; -EINVAL: malformed, or a duplicate;
 * -ENOSPC. */
int roster_restore_row(
    struct roster *, const struct roster_restored *, struct monotime now);
int roster_restore_left(struct roster *, const struct roster_change *);

/* The peer left in the meantime: a departure with the next version. */
int roster_restore_gone(
    struct roster *, const struct roster_restored *, int64_t clock_ms);

#endif
