/*
 * viewer: the daemon's life: it makes the parts of struct viewer, passes what
 * changes in one to the others, and ends them. It uses every room of
 * goop-viewerd; none uses it.
 */
#ifndef GOOP_VIEWERD_VIEWER_H
#define GOOP_VIEWERD_VIEWER_H

#include "common/daemon/daemon.h"

/* With rights: the settings, the local users, the listeners. 0 or -errno. */
int viewer_open(struct daemon_context *);

/* Behind the sandbox: the bus clients and the HTTP server. 0 or -errno. */
int viewer_start(struct daemon_context *);

/* goop2 saved other settings: adopt them, pass them on. */
void viewer_configure(struct daemon_context *);

/* Free everything, and report the end to the frame. */
void viewer_stop(struct daemon_context *);

#endif
