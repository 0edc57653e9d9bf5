/*
 * host: a libp2p node over TCP, and through relays: listens, dials, secures
 * (Noise XX), muxes (yamux), identifies, answers pings, and gives and takes
 * streams by peer and protocol. One event base, one thread.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_H
#define COMMON_LIBP2P_HOST_HOST_H

#include <event2/event.h>

#include "common/base/monotime.h"
#include "common/libp2p/multiformats/multiaddr.h"
#include "common/libp2p/noise/noise.h"
#include "common/libp2p/stream/stream.h"

/* Each limit has a counter of the times that it was hit. */
struct host_limits {
	unsigned int connections;          /* inbound; dials: twice 256 */
	unsigned int connections_per_peer; /*                        4 */
	unsigned int connections_per_ip;   /* loopback exempt;       8 */
	unsigned int pending_inbound;      /* not yet secured;      32 */
	unsigned int dials;                /* at once;              64 */
	unsigned int dials_per_peer;       /* addresses at once;    16 */
	unsigned int upgrade_ms;           /* TCP to muxer;      10000 */
	unsigned int negotiate_ms;         /* a stream's;        10000 */
	unsigned int idle_ms;              /* unused, may stay;  10000 */
	unsigned int connect_ms;           /* TCP connect;        5000 */
	unsigned int peers;                /* known addresses;    1024 */
	unsigned int addresses_per_peer;   /*                       32 */
	unsigned int streams_per_protocol; /* inbound, of a peer;   64 */
};
extern const struct host_limits host_default_limits;

struct host_config {
	struct event_base *base;
	const struct noise_identity *identity; /* borrowed */
	struct peer_id self;
	uint16_t listen_port;      /* 0: any */
	bool is_only_dialler;      /* does not listen, has no address */
	const char *agent_version; /* identify; borrowed */
	const char *protocol_version;
	struct host_limits limits;
};

struct host;

/* One connection to a peer. New streams take a direct one if there is one; a
 * relayed one without streams is closed a while after that. */
struct host_path {
	struct multiaddr address; /* the remote's; or .../p2p-circuit */
	bool is_inbound, is_relayed;
	bool is_limited; /* by its relay: for host_allow_limited() only */
	bool is_punched; /* by a simultaneous open */
	unsigned int streams;
	int64_t rtt_us; /* -1: not measured yet */
	struct monotime since;
};

/* Connection events, per peer but for on_path. Any may be NULL. */
struct host_observer {
	/* First connection to the peer is up; address is the remote's. */
	void (*on_connected)(struct host *, const struct peer_id *,
	    const struct multiaddr *address, bool is_inbound, void *arg);
	/* Its protocols are known; may come again (identify push). */
	void (*on_identified)(struct host *, const struct peer_id *, void *arg);
	/* The last connection is closed. */
	void (*on_disconnected)(
	    struct host *, const struct peer_id *, void *arg);
	/* A connection is up, or is not used any more. */
	void (*on_path)(struct host *, const struct peer_id *,
	    const struct host_path *, bool is_up, void *arg);
	/* Our own addresses changed: host_addresses() gives them. */
	void (*on_addresses)(struct host *, void *arg);
};

/*
 * Listen on TCP, IPv4 and IPv6, both on one port. *ret gets the host. 0 or
 * -errno (-EADDRINUSE: the port is taken). Without any network it still
 * succeeds.
 */
int host_new(const struct host_config *, const struct host_observer *,
    void *arg, struct host **ret);
void host_free(struct host *); /* resets streams, closes connections */

uint16_t host_port(const struct host *);

/* Serve a protocol: the function gets each inbound stream that agreed on it and
 * must set a handler. protocol is borrowed for the life of the host. Connected
 * peers get an identify push. */
typedef void host_stream_fn(struct host *, struct stream *, void *arg);
void host_serve(
    struct host *, const char *protocol, host_stream_fn *, void *arg);
void host_unserve(struct host *, const char *protocol);

/* Protocol (borrowed) may run over limited connections, in both directions. At
 * most 16. */
void host_allow_limited(struct host *, const char *protocol);

/* Remember an address of a peer for ttl_ms. Addresses that cannot be dialled
 * (host_address_is_dialable()) are dropped. A new address has no backoff,
 * whatever failed there before. */
void host_learn(struct host *, const struct peer_id *, const struct multiaddr *,
    int64_t ttl_ms);

/* For a request of the user: try all addresses of the peer again at once, also
 * those that failed lately. */
void host_clear_backoff(struct host *, const struct peer_id *);

/*
 * Open a stream to peer for the first of count protocols that it speaks
 * (borrowed for the life of the host), dialling if it is not connected. done
 * comes exactly once, never from inside this call: with a stream whose handler
 * it must set, or NULL and -ENOENT (no address known), -EHOSTUNREACH (none
 * answers), -EPROTO (one does, but not by Noise), -EPROTONOSUPPORT, -ETIMEDOUT,
 * -EBUSY (a limit). The handle is for host_cancel(), which prevents done.
 *
 * done does not wait for the peer's answer if its identify lists one of the
 * protocols, or if it is not identified yet and count is 1: what is written
 * goes out with the proposal. If the peer does not speak the protocol, on_close
 * gets STREAM_REFUSED and the peer has ignored what was written.
 */
typedef void host_opened_fn(
    struct host *, struct stream *, int error, void *arg);
struct host_request;
struct host_request *host_open(struct host *, const struct peer_id *,
    const char *const *protocols, size_t count, int64_t timeout_ms,
    host_opened_fn *done, void *arg);
void host_cancel(struct host_request *);

/*
 * Let a request of host_open() or host_connect() wait until then, within its
 * time-out, for a first address of the peer (host_learn()) or a connection
 * from it, instead of failing with -ENOENT. Only right after it was made.
 */
void host_wait_for_address(struct host_request *, struct monotime until);

/* Only connect; done with NULL and 0 or an error. */
struct host_request *host_connect(struct host *, const struct peer_id *,
    int64_t timeout_ms, host_opened_fn *done, void *arg);

/* The same for one protocol on the connection by which the peer has come to us
 * through a relay, with -ENOTCONN if there is none. */
struct host_request *host_open_relayed(struct host *, const struct peer_id *,
    const char *const *protocol, int64_t timeout_ms, host_opened_fn *done,
    void *arg);

/* Close all connections. */
void host_disconnect(struct host *, const struct peer_id *);

bool host_is_connected(const struct host *, const struct peer_id *);
/* By a connection that is not limited? */
bool host_is_unlimited(const struct host *, const struct peer_id *);
/* Does the peer's identify list protocol? False while unknown. */
bool host_peer_speaks(
    const struct host *, const struct peer_id *, const char *protocol);
/* Its agent version; "" while unknown. Valid until the loop turns. */
const char *host_peer_agent(const struct host *, const struct peer_id *);

/* Our own addresses by interface, without /p2p; loopback and link-local only if
 * with_local. Returns how many were written. */
size_t host_addresses(
    const struct host *, bool with_local, struct multiaddr *ret, size_t max);

/* Further addresses of ours (copied), told like those of interfaces. */
enum { HOST_ANNOUNCED_MAX = 16 };
void host_announce(struct host *, const struct multiaddr *, size_t count);

/* Would we dial it: ip4/ip6 over tcp, not unspecified, not multicast, not our
 * own; or through a relay, while there is a circuit dialer. */
bool host_address_is_dialable(const struct host *, const struct multiaddr *);

/* One row for status and admin pages. */
struct host_peer_row {
	struct peer_id peer;
	struct multiaddr address;
	const char *agent; /* borrowed till the loop turns */
	bool is_inbound;
	unsigned int connections;
	unsigned int streams;
	int64_t rtt_us; /* -1: not measured yet */
};
/* Of one peer; false if it is not connected. */
bool host_peer(
    const struct host *, const struct peer_id *, struct host_peer_row *ret);
size_t host_peers(const struct host *, struct host_peer_row *ret, size_t max);

/* The connections to a peer; returns how many. */
size_t host_paths(const struct host *, const struct peer_id *,
    struct host_path *ret, size_t max);
/* That which new streams take; false if the peer is not connected. */
bool host_best_path(
    const struct host *, const struct peer_id *, struct host_path *ret);
/* The connection of a stream; false if it is gone. */
bool host_stream_path(
    const struct host *, const struct stream *, struct host_path *ret);

struct event_base *host_base(const struct host *);
const struct peer_id *host_self(const struct host *);

#endif
