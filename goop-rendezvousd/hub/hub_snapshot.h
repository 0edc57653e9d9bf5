/*
 * hub_snapshot: the first messages for a new subscriber, formatted once for the
 * many that come at the same time, as after a restart. A new subscriber gets
 * the snapshot and the changes since; it is used until those are many or it is
 * old.
 */
#ifndef GOOP_RENDEZVOUSD_HUB_HUB_SNAPSHOT_H
#define GOOP_RENDEZVOUSD_HUB_HUB_SNAPSHOT_H

#include "goop-rendezvousd/hub/hub_format.h"
#include "goop-rendezvousd/hub/subscriber.h"

enum {
	HUB_SNAPSHOT_MS = 10 * 1000, /* its age at most; proofs expire */
	HUB_SNAPSHOT_NEWER = 64, /* changes since, plus a fourth of the rows */
};

/* Changes from one cursor to another, formatted. */
struct hub_changes {
	struct roster_cursor from, to;
	struct chunk *chunk; /* NULL: none */
};

/* For one transport. */
struct hub_snapshot {
	bool is_websocket;
	struct roster_cursor at;
	struct monotime made;
	struct chunk *rows; /* NULL: none */
	struct hub_changes newer, resumed;
};

void hub_snapshot_init(struct hub_snapshot *, bool is_websocket);
void hub_snapshot_fini(struct hub_snapshot *);

/* Free what is too old to be used. */
void hub_snapshot_age(struct hub_snapshot *, struct monotime now);

/*
 * Put the first messages of a new subscriber. since is its cursor, or NULL; it
 * counts in delta mode only.
 */
void hub_snapshot_tell(struct hub_snapshot *, const struct roster *,
    const struct roster_cursor *since, struct subscriber *,
    struct monotime now);

#endif
