/*
 * schema_files: the typed tables that a peer directory brings along, one schema
 * (table_schema.h) in each DIR/schemas/<name>.json, as the original keeps them
 * for its templates. A file that is not a schema is logged and skipped.
 */
#ifndef GOOPD_DATA_SCHEMA_SCHEMA_FILES_H
#define GOOPD_DATA_SCHEMA_SCHEMA_FILES_H

#include "goopd/data/schema/table_schema.h"

enum { SCHEMA_FILES_MAX = 256 }; /* more are logged and skipped */

/*
 * Call found for each schema of the peer directory, in the order of the files'
 * names; schema is borrowed. No folder is no schema. 0, the first negative
 * number that found gives, or -errno if the folder cannot be read.
 */
int schema_files_read(int dirfd,
    int (*found)(const struct table_schema *schema, void *arg), void *arg);

#endif
