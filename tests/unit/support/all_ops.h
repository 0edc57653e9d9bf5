/* all_ops: the operations and events of all daemons, as list macros. */
#ifndef TESTS_UNIT_SUPPORT_ALL_OPS_H
#define TESTS_UNIT_SUPPORT_ALL_OPS_H

#include "proto/daemon_ops.h"
#include "proto/discovery_ops.h"
#include "proto/goopd_ops.h"
#include "proto/path_ops.h"
#include "proto/relay_ops.h"
#include "proto/supervisor_ops.h"

/* clang-format off */
#define ALL_OPS(ROW) \
	DAEMON_OPS(ROW) DISCOVERY_OPS(ROW) GOOPD_OPS(ROW) SUPERVISOR_OPS(ROW) \
	RENDEZVOUSD_OPS(ROW) RELAYD_OPS(ROW)
#define ALL_EVENTS(ROW) \
	DAEMON_EVENTS(ROW) DISCOVERY_EVENTS(ROW) GOOPD_EVENTS(ROW)
/* clang-format on */

#endif
