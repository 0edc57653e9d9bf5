/* goopd: the daemon's three steps; goopd_state.h is what they make. */
#ifndef GOOPD_GOOPD_H
#define GOOPD_GOOPD_H

#include "common/daemon/daemon.h"

/* What the sandbox leaves open; filled in by goopd_open(). */
extern struct sandbox_path goopd_paths[];

/* With rights: the key, the site, the database, the local streams. 0 or
 * -errno. */
int goopd_open(struct daemon_context *);

/* Behind the sandbox: the database's threads, the host and what it serves. 0
 * or -errno. */
int goopd_start(struct daemon_context *);

/* Close all connections, free everything, report the end to the frame. */
void goopd_configure(struct daemon_context *);
void goopd_stop(struct daemon_context *);

#endif
