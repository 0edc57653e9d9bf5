/*
 * instance_lock: one peer directory, one running peer. The lock exists as long
 * as goop2 or one of its daemons lives, so it never becomes stale; the file
 * only contains the pid. Daemons under systemd share it
 * (daemon_share_directory()).
 */
#ifndef CLI_SUPERVISOR_INSTANCE_LOCK_H
#define CLI_SUPERVISOR_INSTANCE_LOCK_H

#include <sys/types.h>

enum {
	INSTANCE_LOCK_KILL_MS = 3000, /* daemons end within two seconds */
	INSTANCE_LOCK_WAIT_MS = 5000,
};

enum { INSTANCE_LOCK_HELD = 1, INSTANCE_LOCK_SHARED };

/*
 * Take the lock of the directory. 0 with *ret_fd to keep open; or
 * INSTANCE_LOCK_HELD with the other's *ret_pid (0 if unknown); or
 * INSTANCE_LOCK_SHARED if daemons run without goop2; or -errno. Waits at most
 * INSTANCE_LOCK_WAIT_MS for the daemons of a goop2 that was killed, and kills
 * those that still live after INSTANCE_LOCK_KILL_MS.
 */
int instance_lock_take(int dirfd, int *ret_fd, pid_t *ret_pid);

/* Wait until it is free. 0, or -ETIMEDOUT. */
int instance_lock_wait_free(int dirfd, int timeout_ms);

#endif
