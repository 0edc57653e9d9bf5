/*
 * handlers: the operations of goopd (proto/goopd_ops.h): each is handle_X(),
 * which common/bus/goopd_bus.h declares. Those on databases are in
 * data_handlers.c.
 */
#ifndef GOOPD_HANDLERS_H
#define GOOPD_HANDLERS_H

#include "common/bus/bus.h"

/* All of them; the argument of each is the daemon's context. */
extern const struct bus_handler goopd_handlers[];

#endif
