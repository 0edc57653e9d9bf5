/*
 * schema_install: makes the typed tables of the peer directory
 * (schema_files.h), each once: a table that its owner deleted or renamed is not
 * made again, and an existing table of that name is left as it is.
 */
#ifndef GOOPD_DATA_OPS_SCHEMA_INSTALL_H
#define GOOPD_DATA_OPS_SCHEMA_INSTALL_H

#include "goopd/data/ops/session.h"

/* Before the threads, through the writer's session and by its catalog.
 * *ret_made counts the new tables: the catalog is to be read again. 0 or
 * -errno, which is logged. */
int schema_install_all(
    struct session *, const struct catalog *, int dirfd, size_t *ret_made);

#endif
