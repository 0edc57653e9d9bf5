/*
 * schema_change: what the operations that change tables have in common. The
 * system tables `_orm_schemas` and `_tables` are kept in step with each change.
 */
#ifndef GOOPD_DATA_OPS_SCHEMA_CHANGE_H
#define GOOPD_DATA_OPS_SCHEMA_CHANGE_H

#include "goopd/data/ops/session.h"

/* All of these: false with a refusal in the answer. */

/* Run a text of ours. */
bool schema_run(struct session *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Run a constant text with texts as its parameters. */
bool schema_run_with(
    struct session *, const char *sql, const char *const *texts, size_t count);

/* Check the JSON as the schema of a typed table, and store it. */
bool schema_store(struct session *, const char *table, const json_t *);

/* A name for a new table: valid, and not taken. */
bool schema_name_is_free(struct session *, const char *name);

/* Note that the present request changed this table. */
void schema_changed(struct session *, const char *table);

#endif
