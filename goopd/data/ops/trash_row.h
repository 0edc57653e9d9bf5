/* trash_row: a row as JSON that brings it back exactly: an object of its values
 * by column; blobs, and texts that are no UTF-8, as {"blob":"hex"} and
 * {"text":"hex"}. */
#ifndef GOOPD_DATA_OPS_TRASH_ROW_H
#define GOOPD_DATA_OPS_TRASH_ROW_H

#include "common/base/buffer.h"
#include "goopd/data/schema/catalog.h"

/* Append the row on which a SELECT of all columns stands. 0 or -ENOBUFS. */
int trash_row_print(
    const struct catalog_table *, sqlite3_stmt *row, struct buffer *);

/* Insert it into its table again; columns that are gone are left out. 0, an
 * SQLite error, or SQLITE_CORRUPT if it is no such row. */
int trash_row_insert(
    struct database *, const struct catalog_table *, struct bytes json);

#endif
