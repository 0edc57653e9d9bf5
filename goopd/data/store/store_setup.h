/* store_setup: opens what the store works with, before the sandbox. */
#ifndef GOOPD_DATA_STORE_STORE_SETUP_H
#define GOOPD_DATA_STORE_STORE_SETUP_H

#include "goopd/data/sql/database.h"

struct store;

/* All connections, the database checked, migrated and read. 0, or -EIO with
 * why, and nothing is open. */
int store_setup(struct store *, int dirfd, char why[DATABASE_WHY_MAX]);
void store_close(struct store *);

#endif
