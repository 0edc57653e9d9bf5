/*
 * autonat_dial: one dial of an AutoNAT server: by a host of its own, with
 * another key and from another port than the server's, since a router may let
 * in whom its owner has talked to. The host is gone afterwards.
 */
#ifndef COMMON_LIBP2P_AUTONAT_AUTONAT_DIAL_H
#define COMMON_LIBP2P_AUTONAT_AUTONAT_DIAL_H

#include <event2/event.h>

#include "common/libp2p/autonat/autonat_message.h"
#include "common/libp2p/noise/noise.h"

/* Who dials: a key of this run, of no other use. */
struct autonat_caller {
	struct noise_identity identity;
	struct peer_id id;
};
int autonat_caller_make(struct autonat_caller *ret); /* 0 or -EIO */

struct autonat_dial_config {
	struct event_base *base;
	const struct autonat_caller *caller; /* borrowed */
	struct peer_id peer;
	const struct multiaddr *addresses; /* no other is dialled */
	size_t address_count;
	bool has_nonce; /* to be brought to the peer; else connect only */
	uint64_t nonce;
	/* address: that which answered, or NULL. */
	void (*done)(enum autonat_dial_status, const struct multiaddr *address,
	    void *arg);
	void *arg;
};

/* done comes exactly once, never from inside; the dial is gone by then. NULL:
 * no memory or descriptors for it. */
struct autonat_dial;
struct autonat_dial *autonat_dial_new(const struct autonat_dial_config *);
void autonat_dial_free(struct autonat_dial *); /* instead of done */

#endif
