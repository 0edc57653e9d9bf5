/*
 * row_ops: the operations that read rows, and what of them the others need: the
 * list of columns of a SELECT.
 */
#ifndef GOOPD_DATA_OPS_QUERY_H
#define GOOPD_DATA_OPS_QUERY_H

#include "goopd/data/ops/selection.h"
#include "goopd/data/sql/value.h"

/* What of a table is selected, and how its rows are printed. */
struct row_shape {
	struct buffer what;
	struct bytes names[CATALOG_COLUMNS_MAX];
	bool is_time[CATALOG_COLUMNS_MAX];
	struct value_row row; /* points into the above */
};

/* Of these columns (an array of names), or all with NULL. False with a refusal
 * if it has no such column. Ends with row_shape_fini() either way. */
bool row_shape_init(struct row_shape *, const struct catalog_table *,
    const json_t *columns, struct data_answer *);
void row_shape_fini(struct row_shape *);

/* Like read_op_run: one operation each. */
void row_op_query(
    struct session *, const struct data_request *, struct data_answer *);
void row_op_query_one(
    struct session *, const struct data_request *, struct data_answer *);
void row_op_exists(
    struct session *, const struct data_request *, struct data_answer *);
void row_op_count(
    struct session *, const struct data_request *, struct data_answer *);
void row_op_pluck(
    struct session *, const struct data_request *, struct data_answer *);
void row_op_distinct(
    struct session *, const struct data_request *, struct data_answer *);
void row_op_aggregate(
    struct session *, const struct data_request *, struct data_answer *);

#endif
