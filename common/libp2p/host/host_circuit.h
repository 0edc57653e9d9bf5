/*
 * host_circuit: connections whose bytes travel in a stream to a relay. The host
 * does not speak the relay's protocol: a dialer makes circuits for addresses
 * that end in /p2p-circuit, and host_adopt_circuit() takes those that other
 * peers made.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_CIRCUIT_H
#define COMMON_LIBP2P_HOST_HOST_CIRCUIT_H

#include "common/libp2p/host/host.h"

struct host_circuit {
	struct multiaddr address;       /* of the remote, .../p2p-circuit */
	const struct peer_id *expected; /* NULL: any peer */
	bool is_dialer, is_limited;
};
/* Takes over the stream, which is raw from now on, also what was not read yet.
 * The connection is not waited for. */
void host_adopt_circuit(
    struct host *, struct stream *, const struct host_circuit *);

struct host_circuit_attempt;
struct host_circuit_dialer {
	/* Make a circuit to peer by the relay in address. Returns a handle,
	 * then exactly one host_circuit_dialled(), never from inside; NULL: at
	 * a limit, or no address of the relay is known. */
	void *(*dial)(struct host *, const struct multiaddr *address,
	    const struct peer_id *peer, struct host_circuit_attempt *,
	    void *arg);
	/* Instead of host_circuit_dialled(). */
	void (*cancel)(void *handle, void *arg);
};
/* Borrowed; NULL: none any more. */
void host_set_circuit_dialer(
    struct host *, const struct host_circuit_dialer *, void *arg);
/* stream NULL: it failed. Ends the attempt. */
void host_circuit_dialled(
    struct host_circuit_attempt *, struct stream *, bool is_limited);

#endif
