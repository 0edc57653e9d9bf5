/* goopd_bus: typed functions of what goopd does for the other daemons. */
#ifndef COMMON_BUS_GOOPD_BUS_H
#define COMMON_BUS_GOOPD_BUS_H

#include "common/bus/bus_typed.h"
#include "proto/goopd_ops.h"

GOOPD_OPS(OP_TYPED)
GOOPD_EVENTS(EVENT_TYPED)

#endif
