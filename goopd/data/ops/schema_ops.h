/*
 * shape_ops: the operations that make and change tables, and the way back from
 * them. The owner's alone. Each has a transaction of its own; the catalog is
 * read anew behind it. `_orm_schemas` is kept in step.
 */
#ifndef GOOPD_DATA_OPS_SCHEMA_OPS_H
#define GOOPD_DATA_OPS_SCHEMA_OPS_H

#include "goopd/data/ops/session.h"

/* Carry out a request of kind DATA_SHAPES. */
void schema_op_run(
    struct session *, const struct data_request *, struct data_answer *);

/* What the sources of these operations share. */

/* Run a text of ours; false with a refusal. */
bool schema_run(struct session *, struct data_answer *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, a constant text with texts as its parameters. */
bool schema_run_with(struct session *, struct data_answer *, const char *sql,
    const char *const *texts, size_t count);

/* The table is changed: its JSON as a schema, checked and stored; false with a
 * refusal. */
bool schema_store_schema(
    struct session *, const char *table, const json_t *, struct data_answer *);

/* A name for a new table: fit, and not taken. */
bool schema_name_is_free(
    struct session *, const char *name, struct data_answer *);

void schema_changed(struct session *, const char *table);

/* column_ops.c */
void schema_op_add_column(
    struct session *, const struct data_request *, struct data_answer *);
void schema_op_drop_column(
    struct session *, const struct data_request *, struct data_answer *);
/* access_ops.c */
void schema_op_set_policy(
    struct session *, const struct data_request *, struct data_answer *);
void schema_op_set_access(
    struct session *, const struct data_request *, struct data_answer *);
void schema_op_set_roles(
    struct session *, const struct data_request *, struct data_answer *);
/* undo.c */
void schema_op_undo(
    struct session *, const struct data_request *, struct data_answer *);

#endif
