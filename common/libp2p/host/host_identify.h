/*
 * host_identify: the identify and identify-push services (libp2p identify
 * specification).
 */
#ifndef COMMON_LIBP2P_HOST_HOST_IDENTIFY_H
#define COMMON_LIBP2P_HOST_HOST_IDENTIFY_H

#include "common/libp2p/host/host_private.h"

struct host_peer;

void host_identify_init(struct host *);
void host_identify_free(struct host *);

/* Ask a peer that has just connected. */
void host_identify_fetch(struct host *, struct host_peer *);

/* Our addresses or protocols changed: push them soon. */
void host_identify_changed(struct host *);

#endif
