/* host_private: what the parts of the host share. For host*.c alone. */
#ifndef COMMON_LIBP2P_HOST_HOST_PRIVATE_H
#define COMMON_LIBP2P_HOST_HOST_PRIVATE_H

#include <sys/queue.h>

#include "common/base/hash.h"
#include "common/base/interface_watch.h"
#include "common/base/token_bucket.h"
#include "common/libp2p/connection/connection.h"
#include "common/libp2p/host/host.h"
#include "common/libp2p/host/identify.h"
#include "common/libp2p/host/peer_book.h"

enum {
	HOST_INPUT_SIZE =
	    512 * 1024, /* of one recv(2), all connections share it */
	HOST_OUTPUT_SIZE = 8 * CONNECTION_RECORD_MAX, /* of one send(2) */
	HOST_TURN_BYTES =
	    1024 * 1024, /* sent on one connection, then the others */
	HOST_UNSENT_MAX = 512 * 1024, /* waiting in the kernel for a path */
	HOST_STALL_MS = 60000,        /* the other side takes nothing */
	HOST_OWN_ADDRESSES_MAX = 32,
	HOST_LISTENERS = 2,
	HOST_TICK_MS = 5000,
	HOST_SUSPEND_MS = 20000, /* ticks so far apart: we were suspended */
};

struct dial;
struct host_connection;
struct host_peer;
TAILQ_HEAD(host_connection_list, host_connection);
TAILQ_HEAD(request_list, host_request);

/* A protocol that is served. */
struct service {
	TAILQ_ENTRY(service) entry;
	const char *protocol; /* borrowed */
	host_stream_fn *on_stream;
	void *arg;
	bool is_upkeep; /* of the host itself: its streams are no use */
};

struct host {
	struct event_base *base;
	const struct noise_identity *identity;
	struct peer_id self;
	struct host_limits limits;
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

	TAILQ_HEAD(, service) services;
	struct event *push_timer; /* identify push, after changes settle */

	struct host_peer *peers; /* connected; hash by id */
	struct peer_book *book;
	struct dial *dials; /* hash by peer */
	struct host_connection_list connections;
	unsigned int connection_count, pending_inbound;
	struct request_list requests;

	struct event *tick; /* notices a suspend */
	struct monotime ticked;
	struct event *work; /* for what callbacks have set off */
	struct host_connection_list work_queue;
	uint8_t *input;
	uint8_t *spare_output; /* NULL: a connection has it */
	bool is_closing;
};

enum host_connection_state {
	HOST_CONNECTION_CONNECTING, /* TCP */
	HOST_CONNECTION_UPGRADING,  /* to the muxer */
	HOST_CONNECTION_READY,
	HOST_CONNECTION_CLOSING, /* freed by the next turn of work */
};

/* One TCP connection. */
struct host_connection {
	struct host *host;
	TAILQ_ENTRY(host_connection) all;
	TAILQ_ENTRY(host_connection) of_peer;
	TAILQ_ENTRY(host_connection) work;
	bool in_work, is_dialer;
	bool is_used; /* it has carried a stream that was no upkeep */
	enum host_connection_state state;
	const char *reason; /* of the close */
	int fd;
	struct event *readable, *writable, *timer;
	struct monotime timer_at;
	struct connection *machine; /* NULL while connecting */
	struct multiaddr address;   /* the remote's */
	struct peer_id expected;    /* whom we dial; len 0: anybody */
	struct host_peer *peer;     /* NULL until ready */
	struct dial *dial;          /* whom it is for; NULL when told */
	struct monotime since;      /* the state was entered */
	uint8_t *output; /* sealed, of HOST_OUTPUT_SIZE; NULL: none waits */
	size_t output_len, output_sent;
	struct monotime blocked_since; /* NEVER: the socket takes more */
	struct buffer held;            /* input that has to wait */
};

/* A peer with at least one connection, or whose loss has not been told yet. */
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

/* host.c */
void host_wake(struct host *); /* run the work soon */
struct service *host_find_service(const struct host *, const char *protocol);
struct service *host_add_service(
    struct host *, const char *protocol, host_stream_fn *, void *arg);

/* host_connection.c */
struct host_connection *host_connection_new(
    struct host *, int fd, bool is_dialer, const struct multiaddr *);
void host_connection_start(struct host_connection *); /* TCP is there */
void host_connection_wait_connected(
    struct host_connection *); /* TCP is on its way */
void host_connection_close(struct host_connection *, const char *reason);
void host_connection_wake(struct host_connection *);
void host_connection_work(struct host_connection *);
void host_connection_free(struct host_connection *);
void host_connection_arm_timer(struct host_connection *);

/* host_io.c: the bytes of a connection */
void host_connection_read(struct host_connection *);
void host_connection_flush(struct host_connection *);
void host_connection_release_output(struct host_connection *);

/* host_listen.c */
int host_listen(struct host *);
void host_stop_listening(struct host *);
void host_tune_socket(int fd);

/* host_trim.c */
/* No place is left for one who wants in: true if an unused connection went. */
bool host_trim(struct host *);

/* host_peer.c */
struct host_peer *host_find_peer(const struct host *, const struct peer_id *);
/* The connection is ready; false if there are too many to that peer. */
bool host_peer_attach(struct host *, struct host_connection *);
void host_peer_detach(struct host_connection *); /* at once, when it closes */
void host_peer_gone(struct host *, struct host_peer *);
/* The best for new streams, or NULL. */
struct host_connection *host_peer_connection(const struct host_peer *);

/* host_suspect.c: connections that may have died unnoticed */
void host_suspect_init(struct host *);
bool host_connection_is_suspect(const struct host_connection *);
void host_suspect_others(
    const struct host_connection *); /* this one just came up */
/* The peer has a new address: does it still have the old one? */
void host_suspect_elsewhere(
    struct host *, const struct peer_id *, const struct multiaddr *address);
void host_suspect_all(struct host *);
/* Hand bytes to the connection, which may prove a suspect alive. */
size_t host_connection_receive(struct host_connection *, struct bytes);

/* host_dial.c */
/* Dial, or join: 0, or -ENOENT, -EHOSTUNREACH, -EBUSY. */
int dial_join(struct host *, const struct peer_id *);
void dial_on_ready(struct host_connection *);
void dial_on_proved(struct host_connection *); /* a suspect lives */
void dial_on_closed(struct host_connection *);
void dial_free_all(struct host *);

/* host_request.c */
void request_work(struct host *);
/* An address of the peer is known now, or it is connected. */
void request_on_reachable(struct host *, const struct peer_id *);
void request_on_dialled(struct host *, const struct peer_id *, int error);
void request_free_all(struct host *);

/* host_identify.c, host_ping.c */
void host_identify_init(struct host *);
void host_identify_fetch(struct host_connection *);
void host_identify_changed(struct host *); /* push it soon */
void host_ping_init(struct host *);

/* host_addresses.c */
void host_addresses_read(struct host *);
void host_addresses_on_change(void *host);
bool address_is_local(
    const struct multiaddr *); /* loopback, connection-local */
bool address_is_private(const struct multiaddr *);
bool address_is_same_family(const struct multiaddr *, const struct multiaddr *);
bool address_is_same_ip(const struct multiaddr *, const struct multiaddr *);

#endif
