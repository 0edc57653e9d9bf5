/*
 * write_ops: the operations that change rows. They run in the writer's
 * transaction, each in a savepoint of its own. Every text of a page is looked
 * at in a SELECT behind the guard; what changes rows is of ours.
 */
#ifndef GOOPD_DATA_OPS_WRITE_OPS_H
#define GOOPD_DATA_OPS_WRITE_OPS_H

#include "goopd/data/ops/session.h"

enum {
	WRITE_REMOTE_ROWS = 10000, /* changed by one request */
	WRITE_OWNER_ROWS = 1000 * 1000,
};

/* Carry out a request of kind DATA_WRITES. */
void write_op_run(
    struct session *, const struct data_request *, struct data_answer *);

#endif
