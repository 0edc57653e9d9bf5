/*
 * host_peer: the connected peers, their connections and what identify said.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_PEER_H
#define COMMON_LIBP2P_HOST_HOST_PEER_H

#include "common/base/hash.h"
#include "common/base/token_bucket.h"
#include "common/libp2p/host/host_connection.h"
#include "common/libp2p/host/identify.h"

/* A peer with at least one connection, or whose loss was not reported yet. */
struct host_peer {
	struct peer_id id;
	struct host_connection_list connections; /* ready ones, newest first */
	unsigned int connection_count;
	unsigned int users; /* connections that are not freed yet */
	struct identify identify;
	bool is_identified;
	struct token_bucket pushes;
	UT_hash_handle hh;
};

struct host_peer *host_peer_find(const struct host *, const struct peer_id *);

/* Add a connection that is ready; reports the first one to the observer. False
 * if there are too many to that peer. */
bool host_peer_attach(struct host_connection *);
void host_peer_detach(struct host_connection *); /* at once, when it closes */

/* A connection of the peer is freed; reports the last one to the observer. */
void host_peer_release(struct host *, struct host_peer *);

/* What a stream needs of a connection. */
enum host_need {
	HOST_NEED_ANY,
	HOST_NEED_UNLIMITED,
	HOST_NEED_DIRECT,
	HOST_NEED_RELAYED,
	HOST_NEED_RELAYED_IN, /* dialled by the peer */
};

/* The best such connection for new streams, or NULL: one that is no suspect
 * before a suspect, a direct before a relayed one, the newest of these. */
struct host_connection *host_peer_connection(
    const struct host_peer *, enum host_need);

/* Tell the observer that a connection of a peer is up, or ends. */
void host_peer_report(const struct host_connection *, bool is_up);

/* Close relayed connections that have had no stream for a while where there is
 * a direct one. Called every few seconds. */
void host_peers_tidy(struct host *, struct monotime now);

/* How many inbound streams of protocol the peer has. */
size_t host_peer_count_inbound(const struct host_peer *, const char *protocol);

/* By a stream of a direct connection the peer said what our address is. */
void host_peer_note_observed(
    struct host_peer *, const struct stream *, const struct multiaddr *);

/* Open a stream of the host's own upkeep on the best connection; the protocol
 * is proposed, not awaited. NULL: no connection, or a limit. */
struct stream *host_peer_open_upkeep(
    struct host_peer *, const char *const *protocol);

/* This connection just came up: are the others of its peer still there? */
void host_peer_suspect_others(const struct host_connection *);

/* The peer has a new address: does it still have the old one? */
void host_peer_suspect_elsewhere(
    struct host *, const struct peer_id *, const struct multiaddr *address);

#endif
