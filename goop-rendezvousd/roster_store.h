/*
 * roster_store: the roster in an SQLite file (presence.peer_db_path), so that
 * a restart, or a kill, loses nobody who is still there. What changed is
 * written once a second in one transaction. Tables have names of our own: the
 * original's table of peers in the same file is left alone.
 *
 * It copes with the disk: a broken file is set aside, a full one told of once
 * and tried again; the roster itself never waits for it.
 */
#ifndef GOOP_RENDEZVOUSD_ROSTER_STORE_H
#define GOOP_RENDEZVOUSD_ROSTER_STORE_H

#include "goop-rendezvousd/roster.h"

enum {
	ROSTER_STORE_EVERY_MS = 1000,
	ROSTER_STORE_BATCH_MAX = 2000,         /* rows in one go */
	ROSTER_STORE_KEEP_MS = 10 * 60 * 1000, /* a longer stop: all left */
};

struct roster_store;

/*
 * Open or make the file, before the sandbox, and fill the empty roster. path
 * is absolute or relative to the working directory; its directory is made if
 * it is missing. 0; or -errno when there is no store, which has been logged.
 */
int roster_store_open(const char *path, struct roster *, struct monotime now,
    int64_t clock_ms, struct roster_store **ret);

/* Write what changed; call every ROSTER_STORE_EVERY_MS. */
void roster_store_save(
    struct roster_store *, struct roster *, int64_t clock_ms);

/* Save and close; NULL is fine. */
void roster_store_close(
    struct roster_store *, struct roster *, int64_t clock_ms);

/* Is everything up to the last save on disk? */
bool roster_store_is_sound(const struct roster_store *);

#endif
