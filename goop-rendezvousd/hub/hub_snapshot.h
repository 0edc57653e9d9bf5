/*
 * hub_snapshot: what a newcomer is told first, formatted once for the many who
 * come at the same time, as after a restart. A snapshot serves until the
 * changes since have become many or it has become old; newcomers get it and
 * those changes.
 */
#ifndef GOOP_RENDEZVOUSD_HUB_HUB_SNAPSHOT_H
#define GOOP_RENDEZVOUSD_HUB_HUB_SNAPSHOT_H

#include "goop-rendezvousd/hub/hub_format.h"
#include "goop-rendezvousd/hub/subscriber.h"

enum {
	HUB_SNAPSHOT_MS = 10 * 1000, /* how old one may be; proofs age */
	HUB_SNAPSHOT_NEWER = 64,     /* changes since, and a fourth of rows */
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

/* Forget what is too old to be told. */
void hub_snapshot_age(struct hub_snapshot *, struct monotime now);

/*
 * Put what a newcomer in the classic or delta mode has to know. since is its
 * cursor, or NULL; it counts in delta mode alone.
 */
void hub_snapshot_tell(struct hub_snapshot *, const struct roster *,
    const struct roster_cursor *since, struct subscriber *,
    struct monotime now);

#endif
