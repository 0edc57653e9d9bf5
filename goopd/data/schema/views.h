/*
 * views: the third wall. What pages put into SQL reads TEMP views of a
 * connection, never a table: one view shows all rows of a table, the other
 * those whose _owner is goop_caller(). Their names cannot be guessed. SQLite
 * evaluates a page's condition only on rows that the view shows, so neither
 * errors nor time reveal anything about the rows of others.
 */
#ifndef GOOPD_DATA_SCHEMA_VIEWS_H
#define GOOPD_DATA_SCHEMA_VIEWS_H

#include "goopd/data/schema/catalog.h"

#define VIEW_PREFIX "goop_view_"

enum { VIEW_NAME_SIZE = sizeof(VIEW_PREFIX) + 32 };

struct view;

/* The transaction or savepoint in which a view was made: a rollback undoes the
 * view too. */
enum views_hold { VIEW_STAYS, VIEW_OF_TRANSACTION, VIEW_OF_SAVEPOINT };

struct views {
	struct view *views;
	enum views_hold hold; /* of those made now; the writer's changes */
	uint64_t generation;  /* of the catalog that they are of */
};

/* The view of a table for a scope but SCOPE_NONE, made if need be; the name is
 * borrowed until the next call. NULL on an error, for database_error(). */
const char *views_get(struct views *, struct database *, const struct catalog *,
    const struct catalog_table *, enum table_scope);

/* Drop all of them: ALTER TABLE fails over one whose table is gone. Outside a
 * transaction. */
void views_drop(struct views *, struct database *);

/* That was committed, or released into `to`. */
void views_settle(struct views *, enum views_hold to);
/* It was rolled back: the views made in it, or inside it, are gone. */
void views_forget(struct views *, enum views_hold);

/* The connection is about to be closed. */
void views_fini(struct views *);

#endif
