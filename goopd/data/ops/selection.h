/*
 * selection: the one way by which texts of pages come to SQLite: as parts of a
 * SELECT on a view, behind the guard.
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

/* The first wall: texts that are what they pretend to be, with as many
 * placeholders as args. False with a refusal. */
bool selection_check(const struct selection *, struct data_answer *);

/*
 * Prepare and bind; from here to selection_end() the connection is guarded.
 * NULL with a refusal, then there is nothing to end. Holds without
 * selection_check() too.
 */
sqlite3_stmt *selection_begin(
    struct session *, const struct selection *, struct data_answer *);
void selection_end(struct session *, sqlite3_stmt *);

#endif
