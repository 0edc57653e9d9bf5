/*
 * supervisor: starts, watches, restarts and stops the daemons of one directory.
 * It joins struct service, which decides, to signals, processes, the notify
 * socket and the bus. Parses nothing that came from the network.
 */
#ifndef CLI_SUPERVISOR_SUPERVISOR_H
#define CLI_SUPERVISOR_SUPERVISOR_H

#include "cli/peer/daemon_plan.h"
#include "common/config/config.h"

struct supervisor_plan {
	const char *directory; /* absolute, as the next two */
	const char *run_directory;
	const char *program_directory; /* where the daemons are */
	int lock;
	const struct config *config;
	struct daemon_plan daemons;
};

/* Supervise until a signal or a call of supervisor_stop. The exit status of
 * goop2. */
int supervisor_run(const struct supervisor_plan *);

#endif
