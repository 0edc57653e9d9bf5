/*
 * relay_server: a relay (libp2p circuit-v2 specification): peers that are
 * connected to its host get reservations, and other peers circuits to them.
 * Nothing is relayed over relayed connections. It serves only peers that its
 * owner knows.
 */
#ifndef COMMON_LIBP2P_RELAY_RELAY_SERVER_H
#define COMMON_LIBP2P_RELAY_RELAY_SERVER_H

#include "common/libp2p/host/host.h"
#include "common/libp2p/relay/relay_table.h"

struct relay_server;

struct relay_server_config {
	struct relay_limits limits;
	/* May this peer use the relay? Others get the grace of the limits. */
	bool (*is_known)(const struct peer_id *, void *arg);
	/* A reservation or circuit came or went. May be NULL. */
	void (*on_change)(struct relay_server *, void *arg);
	void *arg;
};

/* Serve the hop protocol on the host. To be freed after the host. */
struct relay_server *relay_server_new(
    struct host *, const struct relay_server_config *);
void relay_server_free(struct relay_server *);

/* For the observer of the host: the last connection to a peer is gone. */
void relay_server_on_disconnected(
    struct relay_server *, const struct peer_id *);

/* For status pages. */
struct relay_server_figures {
	size_t reservations, circuits;
	uint64_t circuits_total, refused_total; /* refused: reservations too */
	uint64_t bytes_total;                   /* of circuits that ended */
};
struct relay_server_figures relay_server_figures(const struct relay_server *);

#endif
