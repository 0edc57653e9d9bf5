/*
 * roster_store: the roster in an SQLite file (presence.peer_db_path), so that
 * neither a restart nor a kill loses peers that are still online. Changes are
 * written once a second in one transaction. The names of the tables are ours:
 * the original's table of peers in the same file is left alone.
 *
 * It copes with the disk: a corrupt file is set aside; a full disk is logged
 * once and tried again, while the roster goes on in memory.
 */
#ifndef GOOP_RENDEZVOUSD_ROSTER_ROSTER_STORE_H
#define GOOP_RENDEZVOUSD_ROSTER_ROSTER_STORE_H

#include "goop-rendezvousd/roster/roster.h"

enum {
	ROSTER_STORE_EVERY_MS = 1000,
	ROSTER_STORE_BATCH_MAX = 2000,     /* changes in one transaction */
	ROSTER_STORE_ALIVE_MS = 10 * 1000, /* how often a run is noted */
	ROSTER_STORE_KEEP_MS =
	    10 * 60 * 1000, /* after a longer stop all left */
	/* Versions after the saved one that a killed run may have given out. */
	ROSTER_STORE_AHEAD = 1024 * 1024,
};

struct roster_store;

/*
 * Open or make the file, with its directory, and fill the empty roster. All is
 * opened here, before the sandbox; to set aside a file that turns out to be
 * corrupt later, the sandbox must permit renaming in its directory. 0, or
 * -errno after logging why there is no store.
 */
int roster_store_open(const char *path, struct roster *, struct monotime now,
    int64_t clock_ms, struct roster_store **ret);

/* Write the changes; to be called every ROSTER_STORE_EVERY_MS. */
void roster_store_save(
    struct roster_store *, struct roster *, int64_t clock_ms);

/* Save and close; NULL is fine. */
void roster_store_close(
    struct roster_store *, struct roster *, int64_t clock_ms);

/* Did the last save succeed? */
bool roster_store_is_sound(const struct roster_store *);

#endif
