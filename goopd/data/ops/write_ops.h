/*
 * write_ops: the operations that change rows. They run in the writer's
 * transaction, each in a savepoint of its own. A page's text is part of a
 * guarded SELECT only, never of a statement that writes.
 */
#ifndef GOOPD_DATA_OPS_WRITE_OPS_H
#define GOOPD_DATA_OPS_WRITE_OPS_H

#include "goopd/data/ops/session.h"

enum {
	WRITE_REMOTE_ROWS = 10000, /* changed by one request */
	WRITE_OWNER_ROWS = 1000 * 1000,
};

DATA_WRITE_OPS(DATA_OP_DECLARE)

#endif
