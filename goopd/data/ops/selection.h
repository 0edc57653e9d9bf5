/*
 * selection: the only way by which texts of pages reach SQLite: as parts of a
 * SELECT on a view, under the authorizer.
 */
#ifndef GOOPD_DATA_OPS_SELECTION_H
#define GOOPD_DATA_OPS_SELECTION_H

#include "goopd/data/ops/session.h"

struct selection {
	const struct catalog_table *table;
	enum table_scope scope;
	struct bytes what; /* SQL of ours: "\"a\",\"b\""; empty: expr */
	const char *expr, *where, *group_by, *order; /* a page's; may be NULL */
	const json_t *args;                          /* may be NULL */
	/* And this column has this value. */
	const struct catalog_column *column;
	const json_t *value;
	int64_t limit, offset; /* limit -1: none */
};

/* The first wall: each text must be the fragment that it should be, with as
 * many placeholders as args. False with a refusal. */
bool selection_check(const struct selection *, struct data_answer *);

/*
 * Prepare and bind; until selection_end() the authorizer permits the view
 * alone. NULL with a refusal, then there is nothing to end. Safe without
 * selection_check() too.
 */
sqlite3_stmt *selection_begin(struct session *, const struct selection *);
void selection_end(struct session *, sqlite3_stmt *);

#endif
