/*
 * host_listen: listening and accepting, and which inbound connections are
 * refused or displaced.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_LISTEN_H
#define COMMON_LIBP2P_HOST_HOST_LISTEN_H

#include "common/libp2p/host/host_private.h"

/* Listen on host->port, or on any if it is 0, which is set then. 0 or -errno.
 */
int host_listen(struct host *);
void host_stop_listening(struct host *);

/* A socket to dial from the port on which we listen. A descriptor or -errno. */
int host_listen_socket(const struct host *, int family);

#endif
