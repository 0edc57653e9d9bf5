/* tend_ops: what the owner's pages need besides: exports, and what is in the
 * trash. */
#ifndef GOOPD_DATA_OPS_OWNER_OPS_H
#define GOOPD_DATA_OPS_OWNER_OPS_H

#include "goopd/data/ops/session.h"

enum {
	EXPORT_ROWS_MAX = 5000,        /* of a page */
	EXPORT_PAGE_MAX = 1024 * 1024, /* bytes: then the page ends early */
};

/* Carry out a request of kind DATA_TENDS. */
void owner_op_run(
    struct session *, const struct data_request *, struct data_answer *);

#endif
