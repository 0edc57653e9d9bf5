/*
 * goopd_ops: what goopd does for the other daemons. It does not know what
 * presence means.
 */
#ifndef PROTO_GOOPD_OPS_H
#define PROTO_GOOPD_OPS_H

#include "proto/path_ops.h"
#include "proto/reach_ops.h"
#include "proto/relay_ops.h"

/* The Unix stream in the run directory, for bodies behind a ticket. */
#define GOOP_STREAM_SOCKET "goopd.stream"

enum {
	GOOP_PEER_TEXT_MAX = 128,
	GOOP_ADDRESS_TEXT_MAX = 512,
	GOOP_ADDRESSES_MAX = 32,
	GOOP_LABEL_MAX = 256,
	GOOP_TOPIC_MAX = 128, /* PUBSUB_TOPIC_MAX of libp2p */
	/* Of one message; libp2p relays up to PUBSUB_DATA_MAX for others. */
	GOOP_PUBSUB_DATA_MAX = 64 * 1024,
	GOOP_PATH_MAX = 4096,
	GOOP_TICKET_SIZE = 16,
	GOOP_SIGNATURE_SIZE = 64,
	GOOP_SIGNED_MAX = 16 * 1024, /* bytes of a proof */
	GOOP_EMAIL_MAX = 254,
	GOOP_TABLE_MAX = 64,
	GOOP_DATA_OP_MAX = 32,
	GOOP_DATA_REQUEST_ID_MAX = 64,
	GOOP_DATA_REQUEST_MAX = 960 * 1024, /* fits a message of the bus */
	GOOP_DATA_INLINE_MAX = 512 * 1024,  /* a larger answer has a ticket */
};

struct identity_reply {
	const char *peer_id;
	const char *peer_id_base36; /* the DNS label of the site's origin */
	struct strings addresses;   /* own, without /p2p, no loopback */
	int64_t port;
};
/* A peer, and where it may be reached; goopd forgets it after a while. */
struct peer_addresses {
	const char *peer_id;
	struct strings addresses;
	bool is_at_server; /* so the relay of our server may reach it */
};
struct peer_profile { /* what a peer announces, for the database */
	const char *peer_id;
	const char *email; /* self-declared; absent: it has none */
};
struct peer_ref {
	const char *peer_id;
};
/* Is it there? Reads the label by /goop/content/1.0.0. */
struct peer_probe_reply {
	bool is_reachable;
	const char *label;   /* absent: unknown */
	const char *address; /* by which it was reached */
	int64_t took_ms;
};
struct topic_ref {
	const char *topic;
};
struct publish_request {
	const char *topic;
	struct octets data;
};
struct publish_reply {
	int64_t peers; /* sent to so many */
};
/*
 * Open a file of a peer's site; the own id too. The reply is the head and a
 * one-time ticket (GOOP_TICKET_SIZE bytes): connect to the Unix stream
 * goopd.stream in the run directory within ten seconds, send the ticket, read
 * exactly length bytes; fewer mean that the transfer broke. Large bodies may be
 * asked for through shared memory (goopd/local_stream/local_stream.h).
 * head_only: no ticket comes.
 */
struct site_open {
	const char *peer_id;
	const char *path; /* decoded; "/", "/a/b.html" */
	bool head_only;
	const char *range;         /* HTTP Range value as it came, or absent */
	const char *if_none_match; /* HTTP If-None-Match, or absent */
	const char *if_modified_since;
	const char *if_range;
	const char *if_match;
	const char *if_unmodified_since;
};
struct site_head {
	bool by_path;     /* the pages want to be at /p/<peer id>/ */
	int64_t status;   /* 200, 206, 304, 412, 416; 301: path is a directory
			     and wants a slash; errors come as bus errors */
	const char *type; /* MIME */
	int64_t size;     /* of the whole file */
	int64_t from;     /* first byte of the body within the file */
	int64_t length;   /* of the body that follows on the stream */
	const char *etag; /* with quotes; absent if the peer gives none */
	const char *last_modified; /* HTTP date */
	bool ranges;               /* the peer can serve ranges */
	struct octets ticket;
};
/* A proof of a presence message (docs/rendezvous-1.1.md, "Proofs"); data has
 * its prefix. */
struct sign_request {
	struct octets data;
};
struct sign_reply {
	struct octets signature;
};
/* A page's call for the database of a peer; the own id: for the own one, with
 * all rights. op is the operation's word (proto/data_ops.h), body the JSON of
 * the page as it came; goopd alone reads it. request_id counts where the body
 * has none. What the database or the peer refuses comes as a bus error with a
 * sentence. The reply is the JSON of the answer's `data` (absent: it has none);
 * one over GOOP_DATA_INLINE_MAX is fetched like a file's body, by ticket,
 * length bytes.
 */
struct data_ask {
	const char *peer_id;
	const char *op;
	const char *request_id;
	struct octets body;
};
struct data_reply {
	struct octets data;
	int64_t length;
	struct octets ticket;
};
struct data_change {       /* rows or shape of an own table changed */
	const char *table; /* "": of any */
};
struct pubsub_message {
	const char *topic;
	const char *author; /* the peer that signed it */
	int64_t seqno;
	struct octets data;
};
struct pubsub_subscriber {
	const char *topic;
	const char *peer_id;
	bool joined;
};
struct peer_connected {
	const char *peer_id;
	const char *address;
	bool is_inbound;
};
struct own_addresses {
	struct strings addresses;
	int64_t port;
};

extern const struct message identity_reply_message, peer_addresses_message,
    peer_profile_message, peer_ref_message, peer_probe_reply_message,
    topic_ref_message, publish_request_message, publish_reply_message,
    site_open_message, site_head_message, sign_request_message,
    sign_reply_message, data_ask_message, data_reply_message,
    data_change_message, pubsub_message_message, pubsub_subscriber_message,
    peer_connected_message, own_addresses_message;

/* clang-format off */
#define GOOPD_OPS(ROW) \
	ROW(20, identity,       nothing,         identity_reply,    FROM_VIEWERD | FROM_DISCOVERYD) \
	ROW(21, peer_learn,     peer_addresses,  nothing,           FROM_DISCOVERYD) \
	ROW(22, peer_probe,     peer_addresses,  peer_probe_reply,  FROM_DISCOVERYD) \
	ROW(23, peer_connect,   peer_addresses,  nothing,           FROM_DISCOVERYD) \
	ROW(24, pubsub_join,    topic_ref,       nothing,           FROM_DISCOVERYD) \
	ROW(25, pubsub_publish, publish_request, publish_reply,     FROM_DISCOVERYD) \
	ROW(27, site_open,      site_open,       site_head,         FROM_VIEWERD | FROM_GOOP2) \
	ROW(28, connections,    nothing,         connections_reply, FROM_DISCOVERYD) \
	ROW(29, presence_sign,  sign_request,    sign_reply,        FROM_DISCOVERYD) \
	ROW(30, data_ask,       data_ask,        data_reply,        FROM_VIEWERD) \
	ROW(31, peer_profile,   peer_profile,    nothing,           FROM_DISCOVERYD) \
	ROW(32, relay_offer,    relay_offer,     nothing,           FROM_DISCOVERYD) \
	ROW(33, reachability,   nothing,         reachability_report, FROM_VIEWERD | FROM_GOOP2) \
	ROW(38, peer_part,      peer_ref,        nothing,           FROM_DISCOVERYD)
#define GOOPD_EVENTS(ROW) \
	ROW(20, pubsub_message,    pubsub_message) \
	ROW(21, pubsub_subscriber, pubsub_subscriber) \
	ROW(22, peer_connected,    peer_connected) \
	ROW(23, peer_disconnected, peer_ref) \
	ROW(24, own_addresses,     own_addresses) \
	ROW(25, data_changed,      data_change) \
	ROW(26, peer_path,         peer_path)
/* clang-format on */
GOOPD_OPS(OP_DECLARE)
GOOPD_EVENTS(EVENT_DECLARE)

#endif
