/*
 * host_private: the state of a host, for the files host_*.c alone. Calls go
 * one way: host_connection < host_tcp, host_circuit < host_peer < host_dial <
 * host_request < host_identify < host. What happens below is reported upward
 * through struct host_events, which host.c fills in.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_PRIVATE_H
#define COMMON_LIBP2P_HOST_HOST_PRIVATE_H

#include <sys/queue.h>

#include "common/base/interface_watch.h"
#include "common/base/monotime.h"
#include "common/libp2p/host/host_announce.h"
#include "common/libp2p/host/host_circuit.h"
#include "common/libp2p/host/host_punch.h"
#include "common/libp2p/host/host_observed.h"
#include "common/libp2p/host/peer_book.h"

enum {
	HOST_OWN_ADDRESSES_MAX = 32,
	HOST_LIMITED_PROTOCOLS_MAX = 16,
	HOST_LISTENERS = 2,
};

struct dial;
struct host_connection;
struct host_peer;
struct host_service;
TAILQ_HEAD(host_connection_list, host_connection);
TAILQ_HEAD(host_service_list, host_service);
TAILQ_HEAD(host_request_list, host_request);

/* What the lower files report. None may free the connection. */
struct host_events {
	/* The remote is known and is not ourselves. */
	void (*on_ready)(struct host_connection *);
	/* The remote opened a stream for a protocol that we serve. */
	void (*on_stream)(struct host_connection *, struct stream *);
	/* A suspect has answered. */
	void (*on_proved)(struct host_connection *);
	/* It is closing, whatever its state was. */
	void (*on_closed)(struct host_connection *);
	/* A connection of this peer is freed; not called before on_ready. */
	void (*on_freed)(struct host *, struct host_peer *);
	/* The circuit of a dial's attempt is there; stream NULL: it failed. */
	void (*on_circuit_dialled)(struct dial *,
	    const struct host_circuit_attempt *, const struct multiaddr *,
	    struct stream *, bool is_limited);
	/* Our own addresses changed. */
	void (*on_addresses)(struct host *);
	/* A dial is over: connected, or error. */
	void (*on_dialled)(struct host *, const struct peer_id *, int error);
};

struct host {
	struct event_base *base;
	const struct noise_identity *identity;
	struct peer_id self;
	struct host_limits limits;
	const struct host_events *events;
	char *agent;
	char *protocol_version;
	struct host_observer observer;
	void *arg;

	uint16_t port;
	struct event *listeners[HOST_LISTENERS]; /* IPv4, IPv6; or NULL */
	struct event *accept_pause;
	struct interface_watch *watch; /* NULL: the kernel refused */
	struct multiaddr own[HOST_OWN_ADDRESSES_MAX];
	uint8_t own_bits[HOST_OWN_ADDRESSES_MAX]; /* of their subnets */
	size_t own_count;
	struct multiaddr announced[HOST_ANNOUNCED_MAX]; /* beside them */
	size_t announced_count;
	struct multiaddr withheld[HOST_WITHHELD_MAX]; /* of all these */
	size_t withheld_count;
	struct peer_id from_port[HOST_FROM_PORT_MAX]; /* the newest first */
	size_t from_port_count;

	LIST_HEAD(, host_punch) punches;
	size_t punch_count;

	struct host_service_list services;
	const char
	    *limited[HOST_LIMITED_PROTOCOLS_MAX]; /* host_allow_limited() */
	size_t limited_count;
	const struct host_circuit_dialer *circuit_dialer; /* or NULL */
	void *circuit_dialer_arg;
	struct event *push_timer; /* identify push, after changes settle */

	struct host_peer *peers; /* connected; hash by id */
	struct peer_book *book;
	struct dial *dials; /* hash by peer */
	struct host_connection_list connections;
	unsigned int connection_count, pending_inbound;
	struct host_request_list requests;

	struct event *tick; /* notices a suspend */
	struct monotime ticked;
	struct event *work; /* for what callbacks have set off */
	struct host_connection_list work_queue;
	uint8_t *input;        /* of one recv(2); all connections share it */
	uint8_t *spare_output; /* NULL: a connection has it */
	bool is_closing;
};

/* A connection in a stream, which it takes over; then host_connection_start().
 * It closes when the stream ends. */
struct host_connection *host_circuit_new(
    struct host *, struct stream *, const struct host_circuit *);

/* Ask the dialer for a circuit to peer. Ends by on_circuit_dialled of struct
 * host_events, unless it is cancelled. NULL: the dialer takes no more now. */
struct host_circuit_attempt *host_circuit_dial(struct host *, struct dial *,
    const struct multiaddr *address, const struct peer_id *peer);
void host_circuit_cancel(struct host_circuit_attempt *);

/* Run the work soon. */
void host_wake(struct host *);

#endif
