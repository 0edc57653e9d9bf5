/* host_punch_private: what the host's own files call of host_punch. */
#ifndef COMMON_LIBP2P_HOST_HOST_PUNCH_PRIVATE_H
#define COMMON_LIBP2P_HOST_HOST_PUNCH_PRIVATE_H

#include "common/libp2p/host/host_connection.h"

/* Was a connection from there to be expected? Then fd is taken over. */
bool punch_take(struct host *, int fd, const struct multiaddr *from);

/* A connection is ready. */
void punch_on_ready(const struct host_connection *);

/* End all with -ECANCELED. */
void punch_free_all(struct host *);

#endif
