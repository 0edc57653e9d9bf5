/*
 * operation: carries out a request on a session. Each operation of
 * proto/data_ops.h is a function data_op_<name>() of read_ops, write_ops or
 * schema_ops.
 */
#ifndef GOOPD_DATA_OPS_OPERATION_H
#define GOOPD_DATA_OPS_OPERATION_H

#include "goopd/data/ops/session.h"

/* May this caller ask for it, and is it there? False with a refusal. */
bool operation_is_allowed(
    enum data_op, const struct data_caller *, struct data_answer *);

/* Of an operation that is allowed. */
data_op_fn operation_run;

#endif
