/* discoveryd: the daemon opened, started and stopped, for main.c. */
#ifndef GOOP_DISCOVERYD_DISCOVERYD_H
#define GOOP_DISCOVERYD_DISCOVERYD_H

#include "goop-discoveryd/discovery.h"

int discovery_open(struct daemon_context *); /* before the sandbox */
int discovery_start(struct daemon_context *);
void discovery_configure(struct daemon_context *);
void discovery_stop(struct daemon_context *);

#endif
