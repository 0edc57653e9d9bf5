/* run_directory: where the sockets of a peer are. */
#ifndef COMMON_DAEMON_RUN_DIRECTORY_H
#define COMMON_DAEMON_RUN_DIRECTORY_H

#include "proto/field.h"

/*
 * Where the sockets of a peer directory are: $RUNTIME_DIRECTORY, else
 * $XDG_RUNTIME_DIR/goop2/<hash of the directory>, else DIR/run. Made with 0700
 * if missing. If even that does not fit a Unix socket path: a short stand-in
 * under /tmp owned by us, 0700, or -ENAMETOOLONG. *ret is malloc'd. The same
 * directory always gives the same answer.
 */
int run_directory_find(const char *directory, char **ret);

/*
 * For the command line: all places where the sockets may be, however the
 * daemons were started (systemd, a session, another user if we are root), the
 * most likely first; only those that are there. 0 or -errno.
 */
int run_directory_list(const char *directory, struct strings *ret);

#endif
