/* read_ops: the operations that read, for visitors and for the owner's pages.
 */
#ifndef GOOPD_DATA_OPS_READ_OPS_H
#define GOOPD_DATA_OPS_READ_OPS_H

#include "goopd/data/ops/session.h"

enum {
	EXPORT_ROWS_MAX = 5000,        /* of a page of export-rows */
	EXPORT_PAGE_MAX = 1024 * 1024, /* bytes: then the page ends early */
};

DATA_READ_OPS(DATA_OP_DECLARE)
DATA_OWNER_OPS(DATA_OP_DECLARE)

#endif
