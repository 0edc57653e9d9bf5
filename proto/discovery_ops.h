/*
 * discovery_ops: what goop-discoveryd does for the other daemons: which peers
 * there are, and what we announce about ourselves.
 */
#ifndef PROTO_DISCOVERY_OPS_H
#define PROTO_DISCOVERY_OPS_H

#include "proto/goopd_ops.h"

enum { GOOP_PEERS_MAX = 1024, GOOP_SERVERS_MAX = 2, GOOP_URL_MAX = 1024 };

struct peer_row {
	const char *peer_id;
	const char *peer_id_base36;
	const char *label;
	const char *email; /* self-declared, unverified */
	const char *avatar_hash;
	bool video_disabled;
	const char *active_template;
	const char *version; /* goopClientVersion */
	bool is_reachable;
	bool is_offline;
	bool is_favorite;
	int64_t last_seen_ms; /* wall clock; 0: never in this run */
	struct strings addresses;
	const char *source; /* where it is seen: "lan", "wan", "lan and wan";
			 "cache": in an earlier run */
	bool is_verified;   /* a rendezvous server knows the e-mail address */
	bool is_proven;     /* its presence carries its own signature */
	const char *way;    /* of the connection to it (proto/path_ops.h);
			       absent: it is not connected */
	int64_t rtt_us;     /* there and back on it; 0: not measured */
	const char *tag;    /* under which it was met on a LAN
			       (common/presence/presence_tag.h), if it was */
};
struct peers_reply {
	struct records peers; /* struct peer_row, sorted by peer_id */
};
struct self_profile { /* what presence announces */
	const char *label;
	const char *email;
	bool video_disabled;
	const char *active_template;
	const char *verification_token; /* for rendezvous servers alone */
};
/* A rendezvous server that this peer uses. */
struct server_row {
	const char *url;
	bool is_own; /* this peer hosts it */
	bool is_connected;
	const char *transport;  /* "websocket", "events"; absent: none */
	const char *mode;       /* "delta", "classic": one of the original */
	bool is_ours;           /* it speaks rendezvous 1.1 */
	const char *state;      /* a sentence: "connected by WebSocket" */
	int64_t peers;          /* that the server says are online */
	const char *last_error; /* a sentence; absent: all is well */
	int64_t next_try_ms;    /* from now; 0: none is waiting */
};
struct servers_reply {
	struct records servers; /* struct server_row */
};

/* A rendezvous server that may be joined, and what came of trying. */
struct server_ref {
	const char *url; /* also a host alone, or an invitation */
};
struct server_tried {
	const char *url;    /* in normal form, without a login */
	bool is_ours;       /* it speaks rendezvous 1.1 */
	const char *wrong;  /* a sentence; absent: it can be joined */
	const char *advice; /* a sentence on what to do; absent: none */
};

extern const struct message peer_row_message, peers_reply_message,
    self_profile_message, server_row_message, servers_reply_message,
    server_ref_message, server_tried_message;

/* clang-format off */
#define DISCOVERY_OPS(ROW) \
	ROW(40, discovery_peers,   nothing,      peers_reply,   FROM_VIEWERD | FROM_GOOP2) \
	ROW(41, discovery_probe,   nothing,      peers_reply,   FROM_VIEWERD) \
	ROW(44, discovery_servers, nothing,      servers_reply, FROM_VIEWERD | FROM_GOOP2) \
	ROW(45, discovery_try_server, server_ref, server_tried, FROM_VIEWERD | FROM_GOOP2)
#define DISCOVERY_EVENTS(ROW) \
	ROW(40, peer_changed, peer_row) \
	ROW(41, peer_removed, peer_ref) \
	ROW(43, server_changed, server_row) \
	ROW(44, servers_replaced, servers_reply)
/* clang-format on */
DISCOVERY_OPS(OP_DECLARE)
DISCOVERY_EVENTS(EVENT_DECLARE)

#endif
