/*
 * integrity: is the database sound? A small file is checked when it is opened,
 * a large one later, by a reader's thread. Nothing is repaired.
 */
#ifndef GOOPD_DATA_SQL_INTEGRITY_H
#define GOOPD_DATA_SQL_INTEGRITY_H

#include "goopd/data/sql/database.h"

enum { INTEGRITY_SMALL_BYTES = 16 * 1024 * 1024 };
enum { INTEGRITY_DAMAGED = 1 };

bool integrity_is_small(struct database *);

/* 0 (also if it could not be finished), or INTEGRITY_DAMAGED with why. */
int integrity_check(struct database *, char why[DATABASE_WHY_MAX]);

#endif
