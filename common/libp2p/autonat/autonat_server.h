/*
 * autonat_server: tells other peers whether they can be reached, by dialling
 * them (libp2p autonat-v2 specification, and v1 for older nodes). What it can
 * be made to dial is bounded: public addresses, one for each request of v2, so
 * many a minute; one with another IP address than the client's costs the client
 * more bytes than it causes.
 */
#ifndef COMMON_LIBP2P_AUTONAT_AUTONAT_SERVER_H
#define COMMON_LIBP2P_AUTONAT_AUTONAT_SERVER_H

#include "common/libp2p/host/host.h"

enum {
	AUTONAT_DIALS_MAX = 16, /* requests under way */
	AUTONAT_DIALS_PER_PEER = 2,
};

struct autonat_server_config {
	/* Private and loopback addresses are dialled too: for tests. */
	bool dials_private;
};

/* Closed at first. To be freed after its host. NULL: no key could be made. */
struct autonat_server;
struct autonat_server *autonat_server_new(
    struct host *, const struct autonat_server_config *);
void autonat_server_free(struct autonat_server *); /* NULL is fine */

/* Serve the protocols on the host, or no more. */
void autonat_server_set_open(struct autonat_server *, bool is_open);

#endif
