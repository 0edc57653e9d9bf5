/*
 * views: the third wall. What pages put into SQL is asked of TEMP views of a
 * connection, never of a table: one shows all rows of a table, the other those
 * whose _owner is goop_caller(). Their names cannot be guessed. The second one
 * is a fence too: a condition from outside is tried on rows it shows only, so
 * that neither errors nor time tell anything of others' rows.
 */
#ifndef GOOPD_DATA_SCHEMA_VIEWS_H
#define GOOPD_DATA_SCHEMA_VIEWS_H

#include "goopd/data/schema/catalog.h"

#define VIEW_PREFIX "goop_view_"

enum { VIEW_NAME_SIZE = sizeof(VIEW_PREFIX) + 32 };

struct view;

/* What a view's making still hangs on: it is undone with that. */
enum views_hold { VIEW_STAYS, VIEW_OF_TRANSACTION, VIEW_OF_SAVEPOINT };

struct views {
	struct view *views;
	enum views_hold hold; /* of those made now; the writer's changes */
	uint64_t generation;  /* of the catalog that they are of */
};

/* The view of a table for a scope but SCOPE_NONE, made if need be; the name is
 * borrowed until the next call. NULL on an error, which the handle tells. */
const char *views_get(struct views *, struct database *, const struct catalog *,
    const struct catalog_table *, enum table_scope);

/* Drop all of them: ALTER TABLE fails over one whose table is gone. Outside a
 * transaction. */
void views_drop(struct views *, struct database *);

/* What they hung on was committed, or released into `to`. */
void views_settle(struct views *, enum views_hold to);
/* It was rolled back: those that hung on it, or on less, are gone. */
void views_forget(struct views *, enum views_hold);

/* The connection is about to be closed. */
void views_fini(struct views *);

#endif
