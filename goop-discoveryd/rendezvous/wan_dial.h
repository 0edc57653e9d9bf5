/*
 * wan_dial: a TCP connection to whichever of several addresses answers first
 * (RFC 8305, section 5): one after the other, the next when one fails or takes
 * long, the losers closed. No deadline of its own.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_WAN_DIAL_H
#define GOOP_DISCOVERYD_RENDEZVOUS_WAN_DIAL_H

#include "goop-discoveryd/rendezvous/wan_address.h"

enum { WAN_DIAL_STAGGER_MS = 250 };

struct wan_dial;

/* fd is connected, non-blocking, and the owner's; or error is the -errno of the
 * address that failed last. The dial is over, to be freed also from inside. */
typedef void wan_dial_fn(int error, int fd, void *arg);

/* Told from the loop, never from inside this call. */
struct wan_dial *wan_dial_new(struct event_base *,
    const struct wan_addresses *addresses, wan_dial_fn *on_done, void *arg);
void wan_dial_free(struct wan_dial *); /* calls off; NULL is fine */

#endif
