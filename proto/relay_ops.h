/*
 * relay_ops: what daemons say of relays: goop-rendezvousd and goop-relayd, the
 * relay beside it, ask each other; goop-discoveryd offers goopd a server's.
 */
#ifndef PROTO_RELAY_OPS_H
#define PROTO_RELAY_OPS_H

#include "proto/op.h"

/* Opened by a relay, answered by a peer with a place there. */
#define RELAY_REFRESH_PROTOCOL "/goop/relay-refresh/1.0.0"

enum {
	RELAY_PEER_TEXT_MAX = 128,
	RELAY_PEERS_MAX = 256,
	RELAY_TOLD_ADDRESSES_MAX = 8,
	RELAY_OFFERED_ADDRESSES_MAX = 32, /* servers of the original tell all */
	GOOP_RELAYS_MAX = 4,
};

/* Some peer ids; the answer has those of them that are at the server. */
struct peer_ids {
	struct strings peer_ids;
};
struct relay_report {
	const char *peer_id;
	struct strings addresses; /* without /p2p */
	int64_t reservations;
	int64_t circuits;
	int64_t circuits_total; /* since the start */
	int64_t refused_total;  /* reservations and circuits */
	int64_t bytes_total;    /* of circuits that ended */
};

/* The relay beside a rendezvous server that this peer uses: hold a place there.
 * peer_id absent: that server has none. */
struct relay_offer {
	const char *server; /* its URL */
	const char *peer_id;
	struct strings addresses; /* with or without /p2p */
};

/* A peer that visitors do not reach through the relay, to be asked to look
 * after its place there. */
struct relay_pulse {
	const char *peer_id;
};
/* What that peer says, over RELAY_REFRESH_PROTOCOL as well. */
struct refresh_answer {
	bool has_circuit; /* it holds a reservation */
	bool ok;          /* there was nothing to do */
	bool recovering;  /* it is making a new one */
	const char *error;
};

extern const struct message peer_ids_message, relay_report_message,
    relay_offer_message, relay_pulse_message, refresh_answer_message;

/* clang-format off */
#define RENDEZVOUSD_OPS(ROW) \
	ROW(70, peers_present, peer_ids, peer_ids, FROM_RELAYD)
#define RELAYD_OPS(ROW) \
	ROW(80, relay_report, nothing,     relay_report,   FROM_RENDEZVOUSD) \
	ROW(81, relay_pulse,  relay_pulse, refresh_answer, FROM_RENDEZVOUSD)
/* clang-format on */
RENDEZVOUSD_OPS(OP_DECLARE)
RELAYD_OPS(OP_DECLARE)

#endif
