/*
 * path_ops: what goopd says of its connections: by which ways peers are
 * connected.
 */
#ifndef PROTO_PATH_OPS_H
#define PROTO_PATH_OPS_H

#include "proto/op.h"

/* The best connection to a peer; way: "lan", "direct", "punched", "relayed". */
struct connection_row {
	const char *peer_id;
	const char *address;
	const char *way;
	const char *agent;
	bool is_inbound;
	int64_t streams;
	int64_t rtt_us;
};
struct connections_reply {
	struct records rows; /* struct connection_row */
};

/* By which way a peer is connected from now on. */
struct peer_path {
	const char *peer_id;
	const char *way; /* absent: it is not */
	int64_t rtt_us;  /* 0: not measured */
};

extern const struct message connection_row_message, connections_reply_message,
    peer_path_message;

#endif
