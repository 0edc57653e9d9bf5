/* row_write: one row put in, changed or taken out, in statements of ours. */
#ifndef GOOPD_DATA_OPS_ROW_VALUES_H
#define GOOPD_DATA_OPS_ROW_VALUES_H

#include "goopd/data/ops/trash.h"

/* Run a statement that changes rows, and give it back; false with a refusal. */
bool row_values_finish(struct session *, sqlite3_stmt *, struct data_answer *);

/*
 * Insert data (an object) for the caller; a typed table's automatic values and
 * checks are seen to. The new row's id, or -1 with a refusal.
 */
int64_t row_insert(struct session *, const struct catalog_table *,
    const json_t *data, struct data_answer *);

/* Is data fit to change rows of the table? False with a refusal. */
bool row_check_update(
    const struct catalog_table *, const json_t *data, struct data_answer *);

/* Change the row of this id, if it is within scope. How many were, 0 or 1; -1
 * with a refusal. */
int row_update(struct session *, const struct catalog_table *, enum table_scope,
    int64_t id, const json_t *data, struct data_answer *);

/* Take it out, into the trash's entry. The same. */
int row_delete(struct session *, const struct catalog_table *, enum table_scope,
    int64_t id, struct trash_entry *, struct data_answer *);

#endif
