/* rendezvous_handlers: what siblings ask (proto/relay_ops.h). */
#ifndef GOOP_RENDEZVOUSD_RENDEZVOUS_HANDLERS_H
#define GOOP_RENDEZVOUSD_RENDEZVOUS_HANDLERS_H

#include "common/bus/relay_bus.h"

extern const struct bus_handler rendezvous_handlers[];

#endif
