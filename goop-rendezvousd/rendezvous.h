/*
 * rendezvous: puts the server together, from configuration to shutdown.
 */
#ifndef GOOP_RENDEZVOUSD_RENDEZVOUS_H
#define GOOP_RENDEZVOUSD_RENDEZVOUS_H

#include "common/daemon/daemon.h"

extern struct sandbox rendezvous_sandbox;

/* What struct daemon calls; the state is a struct rendezvous. */
int rendezvous_open(struct daemon_context *);
int rendezvous_start(struct daemon_context *);
void rendezvous_stop(struct daemon_context *);

#endif
