/*
 * relay_client: reservations at relays, circuits that other peers make to us
 * through them, and circuits that we make (libp2p circuit-v2 specification). It
 * is the circuit dialer of its host. A relay is trusted with nothing but the
 * bytes: the connection inside a circuit proves who the other peer is.
 */
#ifndef COMMON_LIBP2P_RELAY_RELAY_CLIENT_H
#define COMMON_LIBP2P_RELAY_RELAY_CLIENT_H

#include "common/libp2p/host/host.h"

enum {
	RELAY_CLIENT_RELAYS_MAX = 4,    /* with a reservation wanted */
	RELAY_CLIENT_ADDRESSES_MAX = 4, /* of ours, at one relay */
	RELAY_CLIENT_DIALS_MAX = 32,    /* circuits under way to others */
};

struct relay_client;

/* The circuit addresses changed. */
typedef void relay_client_change_fn(struct relay_client *, void *arg);

/* To be freed after its host. */
struct relay_client *relay_client_new(
    struct host *, relay_client_change_fn *on_change, void *arg);
void relay_client_free(struct relay_client *);

/*
 * Hold a reservation at this relay from now on, whatever becomes of it. Known
 * already: its addresses are learnt. 0, or -ENOSPC.
 */
int relay_client_add(struct relay_client *, const struct peer_id *relay,
    const struct multiaddr *addresses, size_t count);
/* No more; the connection to it stays. */
void relay_client_remove(struct relay_client *, const struct peer_id *relay);

/* Ask anew at once, for a relay that lost what it had granted. */
void relay_client_renew(struct relay_client *, const struct peer_id *relay);

/* For the observer of the host: the last connection to a peer is gone. */
void relay_client_on_disconnected(
    struct relay_client *, const struct peer_id *);

/* Our places at relays, .../p2p/RELAY/p2p-circuit; returns how many. */
size_t relay_client_addresses(
    const struct relay_client *, struct multiaddr *ret, size_t max);

/* One relay, for status pages. */
struct relay_row {
	struct peer_id relay;
	bool is_reserved;
	struct multiaddr address; /* our place there; len 0: none */
	int64_t left_ms;          /* of the reservation; 0: none */
	const char *error;        /* static sentence; NULL: all is well */
};
size_t relay_client_relays(
    const struct relay_client *, struct relay_row *ret, size_t max);

#endif
