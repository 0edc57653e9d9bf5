/* relay_bus: typed functions of what goop-rendezvousd and goop-relayd do for
 * each other. */
#ifndef COMMON_BUS_RELAY_BUS_H
#define COMMON_BUS_RELAY_BUS_H

#include "common/bus/bus_typed.h"
#include "proto/relay_ops.h"

RENDEZVOUSD_OPS(OP_TYPED)
RELAYD_OPS(OP_TYPED)

#endif
