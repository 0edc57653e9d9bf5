/*
 * holepunch: makes direct connections out of relayed ones (DCUtR). The peer
 * that was dialled through the relay begins: it dials the other's public
 * addresses, and at the same time agrees with it on a moment at which both dial
 * each other (host_punch.h). Neighbours behind one router, who see the same
 * address of it, tell each other their addresses at home.
 */
#ifndef COMMON_LIBP2P_HOLEPUNCH_HOLEPUNCH_H
#define COMMON_LIBP2P_HOLEPUNCH_HOLEPUNCH_H

#include "common/libp2p/host/host.h"

enum {
	HOLEPUNCH_TRIES = 3,          /* in a row, each agreed on anew */
	HOLEPUNCH_ASKED_MAX = 6,      /* by one peer till AGAIN_MS is over: it
					 says whom we dial */
	HOLEPUNCH_PEERS_MAX = 128,    /* remembered; then the oldest goes */
	HOLEPUNCH_STREAM_MS = 10000,  /* for all messages of one try */
	HOLEPUNCH_WAIT_MAX_MS = 1000, /* a relay under load takes longer */
	HOLEPUNCH_AGAIN_MS = 10 * 60000, /* after tries in vain */
	HOLEPUNCH_HOME_MS = 60000,       /* an address at home is tried */
	HOLEPUNCH_HOME_MAX = 4, /* of them: whom it claims to be a neighbour of
				   is only its word */
};

struct holepunch;

/* To be freed before its host. */
struct holepunch *holepunch_new(struct host *);
void holepunch_free(struct holepunch *); /* NULL is fine */

/* For the observer of the host: a peer said what it speaks; our own addresses
 * changed, so that what was in vain may succeed. */
void holepunch_on_identified(struct holepunch *, const struct peer_id *);
void holepunch_on_addresses(struct holepunch *);

#endif
