/* relay_handlers: what siblings ask (proto/relay_ops.h). */
#ifndef GOOP_RELAYD_RELAY_HANDLERS_H
#define GOOP_RELAYD_RELAY_HANDLERS_H

#include "common/bus/relay_bus.h"

extern const struct bus_handler relay_handlers[];

#endif
