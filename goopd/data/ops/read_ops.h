/* read_ops: the operations that only look. */
#ifndef GOOPD_DATA_OPS_READ_OPS_H
#define GOOPD_DATA_OPS_READ_OPS_H

#include "goopd/data/ops/session.h"

/* Carry out a request of kind DATA_READS. */
void read_op_run(
    struct session *, const struct data_request *, struct data_answer *);

#endif
