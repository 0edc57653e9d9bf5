/*
 * host_private: the state of a host, for the files host_*.c alone. Calls go
 * one way: host_connection < host_peer < host_dial < host_request <
 * host_identify < host. What happens below is reported upward through
 * struct host_events, which host.c fills in.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_PRIVATE_H
#define COMMON_LIBP2P_HOST_HOST_PRIVATE_H

#include <sys/queue.h>

#include "common/base/interface_watch.h"
#include "common/base/monotime.h"
#include "common/libp2p/host/host.h"
#include "common/libp2p/host/peer_book.h"

enum {
	HOST_OWN_ADDRESSES_MAX = 32,
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
	size_t own_count;

	struct host_service_list services;
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

/* Run the work soon. */
void host_wake(struct host *);

#endif
