/*
 * auto_numbers: the next number of an automatic integer column: one more than
 * the largest, remembered so that not every insert looks for it.
 */
#ifndef GOOPD_DATA_OPS_AUTO_NUMBERS_H
#define GOOPD_DATA_OPS_AUTO_NUMBERS_H

#include "goopd/data/ops/session.h"

/* The next number of a column of the table, or -errno. */
int64_t auto_numbers_next(
    struct session *, const struct catalog_table *, const char *column);

/* Rows were changed behind its back: of this table, or NULL for all. */
void auto_numbers_forget(struct session *, const char *table);

#endif
