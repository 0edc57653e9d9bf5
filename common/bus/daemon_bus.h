/* daemon_bus: typed functions of what every daemon answers. */
#ifndef COMMON_BUS_DAEMON_BUS_H
#define COMMON_BUS_DAEMON_BUS_H

#include "common/bus/bus_typed.h"
#include "proto/daemon_ops.h"

DAEMON_OPS(OP_TYPED)
DAEMON_EVENTS(EVENT_TYPED)

/* clang-format off */

/* The table of handlers of a daemon: what every daemon answers, and the
 * operations of LIST, each by its handle_X(). */
#define BUS_HANDLERS(LIST) \
	{ LIST(HANDLER_ROW) DAEMON_OPS(HANDLER_ROW) BUS_HANDLER_END }
#define HANDLER_ROW(number_, name_, request_, reply_, callers_) \
	HANDLER(name_, handle_##name_),
#define NO_OPS(ROW)
/* clang-format on */

#endif
