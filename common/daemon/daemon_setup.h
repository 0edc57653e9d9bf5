/* daemon_setup: what a process has to be before it is a daemon. */
#ifndef COMMON_DAEMON_DAEMON_SETUP_H
#define COMMON_DAEMON_DAEMON_SETUP_H

#include <stdbool.h>

enum { DAEMON_DESCRIPTORS_MAX = 4096 };

/* Held for as long as a peer runs on a directory, see
 * cli/supervisor/instance_lock.h. */
#define DAEMON_LOCK_FILE "goop2.lock"

/* umask, signals that would kill, descriptors, memory. */
void daemon_set_up_process(void);

/*
 * The lifeline: if goop2 started us, end with it. GOOP_SUPERVISED is its
 * process id, or 1 for "our parent, whatever its id". -ESRCH if it has
 * ended already. *ret_supervised: it started us.
 */
int daemon_tie_to_supervisor(bool *ret_supervised);

/*
 * For a daemon without goop2, under systemd: share the directory with its
 * the other daemons and keep goop2 out, until we end. -EBUSY if goop2 has it.
 */
int daemon_share_directory(int dirfd);

#endif
