/*
 * pulse: asks a peer that is connected to the relay to look after its place
 * there (/goop/relay-refresh/1.0.0), for a visitor that did not reach it.
 */
#ifndef GOOP_RELAYD_PULSE_H
#define GOOP_RELAYD_PULSE_H

#include "common/libp2p/host/host.h"
#include "proto/relay_ops.h"

enum {
	PULSES_MAX = 32, /* at once; strangers ask for them */
	PULSE_MS =
	    5000, /* for a peer's answer; the original's is 3 s to open */
	PULSE_ANSWER_MAX = 4096,
};

struct pulses;

struct pulses *pulses_new(struct host *);
void pulses_free(struct pulses *); /* before its host; none is answered */

/*
 * Exactly one call of done, never from inside pulse_peer(): with what the peer
 * said (borrowed), or NULL and -EPROTONOSUPPORT, -ETIMEDOUT, -EBADMSG (it said
 * something else) or an error of host_open().
 */
typedef void pulse_done_fn(int error, const struct refresh_answer *, void *arg);

/* 0; -ENOTCONN: the peer is not connected directly; -EBUSY: too many at once,
 * or this peer is being asked. */
int pulse_peer(
    struct pulses *, const struct peer_id *, pulse_done_fn *done, void *arg);

#endif
