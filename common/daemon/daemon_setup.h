/* daemon_setup: what a process has to be before it is a daemon. */
#ifndef COMMON_DAEMON_DAEMON_SETUP_H
#define COMMON_DAEMON_DAEMON_SETUP_H

#include <stdbool.h>

enum { DAEMON_DESCRIPTORS_MAX = 4096 };

/* umask, signals that would kill, descriptors, memory. */
void daemon_set_up_process(void);

/*
 * The lifeline: if goop2 started us, end with it. GOOP_SUPERVISED is its
 * process id, or 1 for "it is our parent, whoever that is". -ESRCH if it has
 * ended already. *ret_supervised tells whether it started us.
 */
int daemon_tie_to_supervisor(bool *ret_supervised);

#endif
