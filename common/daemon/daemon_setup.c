#include "common/daemon/daemon_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "common/base/random.h"
#include "common/base/text.h"

/* As many descriptors as we may have, up to what a peer can need. */
static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur >= DAEMON_DESCRIPTORS_MAX)
		return;
	limit.rlim_cur = limit.rlim_max < DAEMON_DESCRIPTORS_MAX
			     ? limit.rlim_max
			     : DAEMON_DESCRIPTORS_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* jansson would read /dev/urandom at first use, behind the sandbox. */
static void
seed_json(void)
{
	size_t seed;

	random_bytes(&seed, sizeof(seed));
	json_object_seed(seed);
}

void
daemon_set_up_process(void)
{
	/* ZeroMQ's threads need no heaps of their own: each is memory that is
	 * dirty for good. */
	mallopt(M_ARENA_MAX, 1);
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	raise_descriptors();
	seed_json();
	tzset(); /* reads its file while we may */
}

int
daemon_tie_to_supervisor(bool *ret_supervised)
{
	const char *value = getenv("GOOP_SUPERVISED");
	uint64_t supervisor;

	*ret_supervised = value != NULL &&
			  text_parse_u64(bytes_of(value), &supervisor) == 0 &&
			  supervisor > 0;
	if (!*ret_supervised)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
		return -errno;
	/* It may have ended before that, and then the signal never comes. */
	if (supervisor > 1 && supervisor != (uint64_t)getppid())
		return -ESRCH;
	return 0;
}

int
daemon_share_directory(int dirfd)
{
	int fd, rc;

	fd = openat(dirfd, DAEMON_LOCK_FILE,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return -errno;
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		return 0; /* open to the end: it is the lock */
	rc = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return rc;
}
