/*
 * sandbox: what a daemon gives up before the first foreign byte:
 * no_new_privs, files by Landlock, system calls by seccomp. On kernels
 * without Landlock the file part is left out and said so once.
 */
#ifndef COMMON_DAEMON_SANDBOX_H
#define COMMON_DAEMON_SANDBOX_H

#include <stddef.h>

/* Groups of system calls; the event loop, memory, time, threads and reading
 * of open descriptors are always allowed. */
enum sandbox_calls {
	SANDBOX_UNIX = 1 << 0,    /* AF_UNIX sockets */
	SANDBOX_TCP = 1 << 1,     /* AF_INET, AF_INET6 stream */
	SANDBOX_UDP = 1 << 2,     /* AF_INET, AF_INET6 datagram */
	SANDBOX_NETLINK = 1 << 3, /* route changes, sock_diag */
	SANDBOX_FILES = 1 << 4,   /* open, stat, rename, ... within paths */
	/* processes of one's own: to start them, with fewer rights, and to
	 * signal them by the pidfd that clone(2) gave */
	SANDBOX_CHILDREN = 1 << 5,
};
enum sandbox_access { SANDBOX_READ, SANDBOX_WRITE };

struct sandbox_path {
	const char *path; /* relative to the peer directory, or absolute */
	enum sandbox_access access; /* WRITE: read, make, replace, remove */
};

struct sandbox {
	unsigned int calls;               /* enum sandbox_calls */
	const struct sandbox_path *paths; /* ends with a NULL path */
};

/* Give up. 0 or -errno; once. */
int sandbox_enter(const struct sandbox *, int dirfd);

/* Inside of it, in a process made with SANDBOX_CHILDREN: leave fewer calls to
 * this process. Nothing if the sandbox is off. 0 or -errno. */
int sandbox_tighten(unsigned int groups);

/*
 * The two halves of it. Leave only these paths to this thread and those it
 * makes: 0, SANDBOX_NO_LANDLOCK or -errno. Leave only these system calls to all
 * threads: 0 or -errno.
 */
enum { SANDBOX_NO_LANDLOCK = 1 };
int sandbox_restrict_files(const struct sandbox_path *paths, int dirfd);
int sandbox_restrict_calls(unsigned int groups);

#endif
