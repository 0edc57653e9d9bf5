/* supervisor_bus: typed functions of what goop2 does as the supervisor. */
#ifndef COMMON_BUS_SUPERVISOR_BUS_H
#define COMMON_BUS_SUPERVISOR_BUS_H

#include "common/bus/bus_typed.h"
#include "proto/supervisor_ops.h"

SUPERVISOR_OPS(OP_TYPED)

#endif
