/* host_request: requests of host_open() and host_connect() under way. */
#ifndef COMMON_LIBP2P_HOST_HOST_REQUEST_H
#define COMMON_LIBP2P_HOST_HOST_REQUEST_H

#include "common/libp2p/host/host_private.h"

/* One turn of work for those that are new, dialled or failed. */
void request_work(struct host *);

/* A dial is over, with 0 or an error. */
void request_on_dialled(struct host *, const struct peer_id *, int error);

/* An address of the peer is known now, or it is connected. */
void request_on_reachable(struct host *, const struct peer_id *);

/* End all with -ECANCELED. */
void request_free_all(struct host *);

#endif
