/*
 * daemon: the frame that all daemons share. daemon_main() knows the order:
 * options, log, configuration, run directory and bus, open() with rights,
 * sandbox, start() without them, READY, loop with watchdog, stop().
 *
 * Command line of every daemon: NAME [--version] [--help] DIR, where DIR is
 * the peer directory. Exit status: 0 stopped on request, 1 something failed,
 * 2 usage, 78 (EX_CONFIG) the configuration is wrong or the key is damaged:
 * restarting does not help.
 */
#ifndef COMMON_DAEMON_DAEMON_H
#define COMMON_DAEMON_DAEMON_H

#include "common/bus/daemon_bus.h"
#include "common/config/config.h"
#include "common/daemon/sandbox.h"

enum { DAEMON_EXIT_CONFIG = 78 };

/* What a daemon finds when it is called. */
struct daemon_context {
	struct event_base *base;
	struct bus *bus;
	struct bus_server *server;
	const struct config *config;
	const char *directory;     /* the peer directory, absolute */
	const char *run_directory; /* the sockets, absolute */
	int dirfd;                 /* the peer directory; -1 after open() */
	void *state;               /* the daemon's own, set by open() */
};

struct daemon {
	const char *name;
	const char *purpose; /* one line for --help */
	/* BUS_HANDLERS() of its operations, called with the context; NULL:
	 * it has none but those of every daemon. */
	const struct bus_handler *handlers;
	enum op_caller asks_as; /* of the other daemons; 0: it never asks */
	const struct sandbox *sandbox;
	/* With rights: sockets, files. 0, or a negative errno after having
	 * logged why; -EBADF and the like are fatal with exit 1, -EKEYREJECTED
	 * with DAEMON_EXIT_CONFIG. */
	int (*open)(struct daemon_context *);
	/* Behind the sandbox. 0 or a negative errno after having logged. */
	int (*start)(struct daemon_context *);
	/* Settings that take effect at once changed: the configuration has the
	 * new values, and the texts of the old ones are gone. NULL: the daemon
	 * uses none of them. */
	void (*configure)(struct daemon_context *);
	/* Manners only: a kill skips it. May take up to a second of loop time
	 * and calls daemon_stopped() when it is done. */
	void (*stop)(struct daemon_context *);
};

int daemon_main(const struct daemon *, int argc, char *argv[]);

/* stop() is complete: leave the loop. */
void daemon_stopped(struct daemon_context *);

/* One line for `goop2 status` and systemd. */
void daemon_set_status(struct daemon_context *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
