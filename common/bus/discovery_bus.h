/* discovery_bus: typed functions of what goop-discoveryd does. */
#ifndef COMMON_BUS_DISCOVERY_BUS_H
#define COMMON_BUS_DISCOVERY_BUS_H

#include "common/bus/bus_typed.h"
#include "proto/discovery_ops.h"

DISCOVERY_OPS(OP_TYPED)
DISCOVERY_EVENTS(EVENT_TYPED)

#endif
