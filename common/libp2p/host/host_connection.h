/*
 * host_connection: one TCP connection of a host: its socket, its timers and
 * the bytes between the socket and the machine (connection.h). It knows
 * nothing of peers, dials and requests, and reports to struct host_events.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_CONNECTION_H
#define COMMON_LIBP2P_HOST_HOST_CONNECTION_H

#include "common/base/buffer.h"
#include "common/libp2p/connection/connection.h"
#include "common/libp2p/host/host_private.h"

enum { HOST_INPUT_SIZE = 512 * 1024 }; /* of one recv(2) */

/* CONNECTING ends by limits.connect_ms, UPGRADING by limits.upgrade_ms; READY
 * has the machine's deadlines; CLOSING is freed by the next turn of work. */
#define HOST_CONNECTION_STATES(X) \
	X(CONNECTING) /* TCP */ \
	X(UPGRADING)  /* to the muxer */ \
	X(READY) \
	X(CLOSING)
enum host_connection_state {
#define X(name) HOST_CONNECTION_##name,
	HOST_CONNECTION_STATES(X)
#undef X
};

struct host_connection {
	struct host *host;
	TAILQ_ENTRY(host_connection) all;
	TAILQ_ENTRY(host_connection) of_peer;
	TAILQ_ENTRY(host_connection) work;
	bool in_work, is_dialer;
	bool is_used; /* it has carried a stream other than identify and ping */
	enum host_connection_state state;
	const char *reason; /* of the close */
	int fd;
	struct event *readable, *writable, *timer;
	struct monotime timer_at;
	struct connection *machine; /* NULL while connecting */
	struct multiaddr address;   /* the remote's */
	struct peer_id expected;    /* the peer that we dial; len 0: any */
	struct host_peer *peer;     /* host_peer's; NULL until ready */
	struct dial *dial;          /* host_dial's; NULL once it is over */
	struct monotime since;      /* the state was entered */
	uint8_t *output;            /* sealed; NULL: none waits */
	size_t output_len, output_sent;
	struct monotime blocked_since; /* NEVER: the socket takes more */
	struct buffer held;            /* input that has to wait */
};

/* Takes fd, a non-blocking TCP socket to address. Then one of the next two. */
struct host_connection *host_connection_new(
    struct host *, int fd, bool is_dialer, const struct multiaddr *address);
void host_connection_start(struct host_connection *); /* TCP is up */
void host_connection_wait(struct host_connection *);  /* TCP is on its way */

/* Close it; reason is static text. Freed by the next turn of work. */
void host_connection_close(struct host_connection *, const char *reason);

/* One turn of work for each connection that was woken. What is set off
 * meanwhile waits for the next turn. */
void host_connections_work(struct host *);

/* Close and free all of them. */
void host_connections_free(struct host *);

/*
 * Connections that may have died unnoticed: a peer that has moved to another
 * address, or a machine that was suspended, closes nothing. A suspect is
 * pinged at once and closed if it stays silent (yamux_doubt()); meanwhile it is
 * the last choice for new streams. So is one whose remote takes no more of
 * them.
 */
void host_connection_suspect(struct host_connection *);
bool host_connection_is_suspect(const struct host_connection *);
void host_suspect_all(struct host *);

#endif
