#include "cli/supervisor/instance_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/supervisor/leftover.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/daemon/daemon_setup.h"

enum {
	INSTANCE_LOCK_POLL_MS = 20,
	INSTANCE_LOCK_SHARED_TIMES =
	    3, /* a single failure may be a process that only asks */
};

static pid_t
instance_lock_read_pid(int fd)
{
	char text[16];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	if (len <= 0)
		return 0;
	text[len] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

/* For messages only: a full disk must not prevent the start. */
static void
instance_lock_write_pid(int fd)
{
	if (ftruncate(fd, 0) == -1 || dprintf(fd, "%d\n", (int)getpid()) < 0)
		log_warn(
		    "cannot write %s: %s", DAEMON_LOCK_FILE, strerror(errno));
}

/* Is the writer of the file alive? 0: it is being written. */
static bool
instance_lock_is_owned(int fd, pid_t *ret_pid)
{
	*ret_pid = instance_lock_read_pid(fd);
	return *ret_pid > 0 && (kill(*ret_pid, 0) == 0 || errno == EPERM);
}

/* What a goop2 leaves behind holds the lock alone, as that goop2 did. */
static bool
instance_lock_is_shared(int fd)
{
	if (flock(fd, LOCK_SH | LOCK_NB) == -1)
		return false;
	flock(fd, LOCK_UN);
	return true;
}

/* Try until it is ours, or its owner is known to be alive. Daemons whose goop2
 * was killed end on their own, except one that hangs. */
static int
instance_lock_try(int fd, pid_t *ret_pid)
{
	struct monotime began = monotime_now();
	int64_t waited_ms;
	bool has_killed = false;
	int shared = 0;

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			return -errno;
		shared = instance_lock_is_shared(fd) ? shared + 1 : 0;
		if (shared == INSTANCE_LOCK_SHARED_TIMES)
			return INSTANCE_LOCK_SHARED;
		waited_ms = monotime_since_ms(monotime_now(), began);
		if (shared == 0 && (instance_lock_is_owned(fd, ret_pid) ||
				       waited_ms >= INSTANCE_LOCK_WAIT_MS))
			return INSTANCE_LOCK_HELD;
		if (waited_ms >= INSTANCE_LOCK_KILL_MS && !has_killed) {
			leftover_kill(fd);
			has_killed = true;
		}
		poll(NULL, 0, INSTANCE_LOCK_POLL_MS);
	}
	return 0;
}

int
instance_lock_take(int dirfd, int *ret_fd, pid_t *ret_pid)
{
	int fd, rc;

	*ret_pid = 0;
	fd = openat(dirfd, DAEMON_LOCK_FILE,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return -errno;
	rc = instance_lock_try(fd, ret_pid);
	if (rc != 0) {
		close(fd);
		return rc;
	}
	instance_lock_write_pid(fd);
	*ret_fd = fd;
	return 0;
}

int
instance_lock_wait_free(int dirfd, int timeout_ms)
{
	struct monotime end = monotime_add_ms(monotime_now(), timeout_ms);
	int fd = openat(dirfd, DAEMON_LOCK_FILE, O_RDONLY | O_CLOEXEC);
	int rc = 0;

	if (fd == -1)
		return 0; /* never locked */
	while (flock(fd, LOCK_SH | LOCK_NB) == -1) {
		if (monotime_reached(monotime_now(), end)) {
			rc = -ETIMEDOUT;
			break;
		}
		poll(NULL, 0, INSTANCE_LOCK_POLL_MS);
	}
	close(fd);
	return rc;
}
