/* daemon_log: the last lines that this process logged, for the bus. */
#ifndef COMMON_DAEMON_DAEMON_LOG_H
#define COMMON_DAEMON_DAEMON_LOG_H

#include "common/bus/bus.h"

enum { DAEMON_LOG_LINES = 500 };

/* Keep lines from now on. */
void daemon_log_open(void);

/* Also publish each from now on; NULL: no longer. */
void daemon_log_publish(struct bus_server *);

#endif
