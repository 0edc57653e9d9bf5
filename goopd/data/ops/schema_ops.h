/*
 * schema_ops: the operations that make and change tables, and undo. The owner's
 * alone. Each has a transaction of its own, after which the catalog is read
 * anew.
 */
#ifndef GOOPD_DATA_OPS_SCHEMA_OPS_H
#define GOOPD_DATA_OPS_SCHEMA_OPS_H

#include "goopd/data/ops/session.h"

DATA_SCHEMA_OPS(DATA_OP_DECLARE)

#endif
