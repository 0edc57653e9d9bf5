/* export_rows: a table page by page, by _id, as text for a file: CSV (RFC 4180,
 * with a header line first) or rows of JSON, separated by a comma and a line
 * end. */
#ifndef GOOPD_DATA_OPS_EXPORT_ROWS_H
#define GOOPD_DATA_OPS_EXPORT_ROWS_H

#include "goopd/data/ops/session.h"

/* The operation "export-rows": {"text":"...","after":12}, or "after":null where
 * there is no more. */
void export_rows(
    struct session *, const struct data_request *, struct data_answer *);

#endif
