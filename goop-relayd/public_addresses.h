/*
 * public_addresses: under which addresses the relay is reached from outside:
 * those of the host in presence.external_url, with the relay's port. A router
 * or a load balancer may stand in front, so that no interface has them.
 */
#ifndef GOOP_RELAYD_PUBLIC_ADDRESSES_H
#define GOOP_RELAYD_PUBLIC_ADDRESSES_H

#include "common/libp2p/host/host.h"

struct public_addresses;

/*
 * Announce them by the host, and look the name up again every few minutes. The
 * child that looks it up is forked here, before the sandbox. No URL: nothing is
 * announced. 0 or -errno.
 */
int public_addresses_new(struct event_base *, const char *external_url,
    struct public_addresses **ret);
void public_addresses_start(struct public_addresses *, struct host *);
void public_addresses_free(struct public_addresses *); /* NULL is fine */

#endif
