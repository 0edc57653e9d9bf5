#include "goopd/data/schema/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"

enum { VIEW_SQL_MAX = 512 };

struct view_key { /* unused bytes are zero */
	char table[IDENTIFIER_MAX + 1];
	char scope;
};

struct view {
	struct view_key key;
	char name[VIEW_NAME_SIZE];
	enum views_hold hold;
	UT_hash_handle hh;
};

static void
choose_name(char name[VIEW_NAME_SIZE])
{
	uint8_t secret[16];
	size_t i, at = strlen(VIEW_PREFIX);

	random_bytes(secret, sizeof(secret));
	memcpy(name, VIEW_PREFIX, at);
	for (i = 0; i < sizeof(secret); i++)
		snprintf(name + at + 2 * i, 3, "%02x", secret[i]);
}

/* LIMIT keeps SQLite from merging the view's condition with one from outside
 * and from trying that first. */
static int
make_view(struct database *database, const struct view *view,
    const struct catalog_table *table)
{
	const char *condition = "";
	char sql[VIEW_SQL_MAX];

	if (view->key.scope == SCOPE_OWN_ROWS)
		condition = table->has_owner
				? " WHERE \"_owner\" = goop_caller() LIMIT -1"
				: " WHERE 0 LIMIT -1";
	snprintf(sql, sizeof(sql),
	    "CREATE TEMP VIEW \"%s\" AS SELECT * FROM main.\"%s\"%s",
	    view->name, table->name, condition);
	return database_run(database, sql);
}

void
views_drop(struct views *views, struct database *database)
{
	struct view *view, *next;
	char sql[VIEW_SQL_MAX];

	database_forget(database, STATEMENT_PASSES);
	HASH_ITER (hh, views->views, view, next) {
		snprintf(sql, sizeof(sql), "DROP VIEW temp.\"%s\"", view->name);
		database_run(database, sql);
		HASH_DEL(views->views, view);
		free(view);
	}
}

const char *
views_get(struct views *views, struct database *database,
    const struct catalog *catalog, const struct catalog_table *table,
    enum table_scope scope)
{
	struct view_key key = { .scope = (char)scope };
	struct view *view;

	if (views->generation != catalog->generation)
		views_drop(views, database);
	views->generation = catalog->generation;
	snprintf(key.table, sizeof(key.table), "%s", table->name);
	HASH_FIND(hh, views->views, &key, sizeof(key), view);
	if (view != NULL)
		return view->name;
	view = xzalloc(sizeof(*view));
	view->key = key;
	view->hold = views->hold;
	choose_name(view->name);
	if (make_view(database, view, table) < 0) {
		free(view);
		return NULL;
	}
	HASH_ADD(hh, views->views, key, sizeof(view->key), view);
	return view->name;
}

void
views_settle(struct views *views, enum views_hold to)
{
	struct view *view, *next;

	HASH_ITER (hh, views->views, view, next)
		if (view->hold > to)
			view->hold = to;
}

void
views_forget(struct views *views, enum views_hold hold)
{
	struct view *view, *next;

	HASH_ITER (hh, views->views, view, next) {
		if (view->hold < hold)
			continue;
		HASH_DEL(views->views, view);
		free(view);
	}
}

void
views_fini(struct views *views)
{
	struct view *view, *next;

	HASH_ITER (hh, views->views, view, next) {
		HASH_DEL(views->views, view);
		free(view);
	}
}
