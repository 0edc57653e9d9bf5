/*
 * instance_lock: one peer directory, one running peer. The kernel holds the
 * lock for as long as goop2 or any of its daemons lives, so there is no stale
 * lock to clean up; the file only tells who took it. Daemons that systemd
 * started share it among them (daemon_share_directory()).
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

/* Wait until nobody holds it. 0, or -ETIMEDOUT. */
int instance_lock_wait_free(int dirfd, int timeout_ms);

#endif
