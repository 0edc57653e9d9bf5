/*
 * host_dial: at most one dial a peer. Its addresses are tried in order, each
 * next one a little after the last (RFC 8305), and the first to be ready wins.
 * Circuits start half a second after the first direct address, or at once where
 * no address promises much; direct attempts go on beside a relayed connection.
 * Requests for the peer meanwhile share the dial: on_dialled of struct
 * host_events reports its end, and before that a relayed connection.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_DIAL_H
#define COMMON_LIBP2P_HOST_HOST_DIAL_H

#include "common/libp2p/host/host_private.h"

/* Dial, or join the dial: 0, or -ENOENT (no address), -EHOSTUNREACH (all of
 * them failed lately), -EBUSY (a limit). */
int dial_join(struct host *, const struct peer_id *);

void dial_on_ready(struct host_connection *);
void dial_on_proved(struct host_connection *); /* a suspect answered */
void dial_on_closed(struct host_connection *);

/* The circuit of an attempt is there; stream NULL: it failed. */
void dial_on_circuit(struct dial *, const struct host_circuit_attempt *,
    const struct multiaddr *, struct stream *, bool is_limited);

/* End all with -ECANCELED. */
void dial_free_all(struct host *);

#endif
