/*
 * spawn: start a daemon as a process with only what it needs: standard streams,
 * one lock descriptor, a session of its own (so that Ctrl-C reaches only goop2,
 * which stops the daemons in order), default signals.
 */
#ifndef CLI_SUPERVISOR_SPAWN_H
#define CLI_SUPERVISOR_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

/* The descriptor of the lock in a daemon. */
enum { SPAWN_LOCK_FD = 3 };

struct spawn {
	const char *program;       /* path of the executable */
	const char *directory;     /* its argument: the peer directory */
	const char *notify_socket; /* path */
	int64_t watchdog_ms;
	int lock; /* kept open in the child, so that the lock lives as long */
};

/* The pid, or -errno. A program that cannot be executed ends at once with
 * EXIT_CANNOT_EXECUTE. */
pid_t spawn_daemon(const struct spawn *);

#endif
