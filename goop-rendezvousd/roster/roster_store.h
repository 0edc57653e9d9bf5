/*
 * roster_store: the roster in an SQLite file (presence.peer_db_path), so that
 * a restart, or a kill, loses nobody who is still there. What changed is
 * written once a second in one transaction. Tables have names of our own: the
 * original's table of peers in the same file is left alone.
 *
 * It copes with the disk: a broken file is set aside, a full one told of once
 * and tried again; the roster itself goes on without.
 */
#ifndef GOOP_RENDEZVOUSD_ROSTER_ROSTER_STORE_H
#define GOOP_RENDEZVOUSD_ROSTER_ROSTER_STORE_H

#include "goop-rendezvousd/roster/roster.h"

enum {
	ROSTER_STORE_EVERY_MS = 1000,
	ROSTER_STORE_BATCH_MAX = 2000,         /* changes in one go */
	ROSTER_STORE_ALIVE_MS = 10 * 1000,     /* note that we run */
	ROSTER_STORE_KEEP_MS = 10 * 60 * 1000, /* a longer stop: all left */
	/* Versions ahead of the saved one that a killed run may have given. */
	ROSTER_STORE_AHEAD = 1024 * 1024,
};

struct roster_store;

/*
 * Open or make the file, with its directory, and fill the roster, which is
 * empty. Everything is opened here, so that a sandbox may follow; setting
 * aside a file that breaks later needs the right to rename in its directory.
 * 0; or -errno when there is no store, which has been logged.
 */
int roster_store_open(const char *path, struct roster *, struct monotime now,
    int64_t clock_ms, struct roster_store **ret);

/* Write what changed; call every ROSTER_STORE_EVERY_MS. */
void roster_store_save(
    struct roster_store *, struct roster *, int64_t clock_ms);

/* Save and close; NULL is fine. */
void roster_store_close(
    struct roster_store *, struct roster *, int64_t clock_ms);

/* Did the last save succeed? */
bool roster_store_is_sound(const struct roster_store *);

#endif
