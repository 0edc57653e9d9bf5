/*
 * migration: brings data.db to the version that this program knows, in one
 * transaction. Version 0 is a new file, or one of the original's, whose tables
 * are kept: what is missing is added, nothing is taken away. A file of a newer
 * version is left alone.
 */
#ifndef GOOPD_DATA_SQL_MIGRATION_H
#define GOOPD_DATA_SQL_MIGRATION_H

#include "goopd/data/sql/database.h"

enum { MIGRATION_VERSION = 1 };
enum { MIGRATION_TOO_NEW = 1 };

/* 0, MIGRATION_TOO_NEW, or -EIO; each but 0 with why, a sentence. */
int migration_run(struct database *, char why[DATABASE_WHY_MAX]);

/* An index of rows by their _owner, if the table has such a column and none:
 * what a stranger may read of it is found by that. 0 or -EIO. */
int migration_index_owner(struct database *, const char *table);

#endif
