/*
 * host_connection: one connection of a host: its machine (connection.h), its
 * timers and its states. Its raw bytes travel by a pipe: a TCP socket
 * (host_tcp.h) or a stream through a relay (host_circuit.h). It knows nothing
 * of peers, dials and requests, and reports to struct host_events.
 */
#ifndef COMMON_LIBP2P_HOST_HOST_CONNECTION_H
#define COMMON_LIBP2P_HOST_HOST_CONNECTION_H

#include "common/base/buffer.h"
#include "common/libp2p/connection/connection.h"
#include "common/libp2p/host/host_private.h"

/* CONNECTING ends by limits.connect_ms, UPGRADING by limits.upgrade_ms; READY
 * has the machine's deadlines; CLOSING is freed by the next turn of work. */
#define HOST_CONNECTION_STATES(X) \
	X(CONNECTING) /* TCP */ \
	X(UPGRADING)  /* to the muxer */ \
	X(READY) \
	X(CLOSING)
enum { HOST_OUTPUT_SIZE = 8 * CONNECTION_RECORD_MAX }; /* of one send(2) */

enum host_connection_state {
#define X(name) HOST_CONNECTION_##name,
	HOST_CONNECTION_STATES(X)
#undef X
};

/* How the raw bytes of a connection travel. */
struct host_pipe {
	/* The machine is there: pass input to host_connection_receive(). */
	void (*start)(struct host_connection *);
	/* Send what connection_fill() gives. */
	void (*send)(struct host_connection *);
	/* The machine may take again what it has left. */
	void (*resume)(struct host_connection *);
	/* The connection closes: no more input and output. */
	void (*stop)(struct host_connection *);
	/* Release what the pipe holds; the last call. */
	void (*end)(struct host_connection *);
};

struct host_connection {
	struct host *host;
	const struct host_pipe *pipe;
	TAILQ_ENTRY(host_connection) all;
	TAILQ_ENTRY(host_connection) of_peer;
	TAILQ_ENTRY(host_connection) work;
	bool in_work, is_dialer;
	bool is_used;    /* it has carried a stream other than upkeep */
	bool is_limited; /* by a relay: only for host_allow_limited() */
	bool is_punched;
	bool is_from_port; /* dialled from the port on which we listen */
	enum host_connection_state state;
	const char *reason; /* of the close */
	struct event *timer;
	struct monotime timer_at;
	struct connection *machine; /* NULL while connecting */
	struct multiaddr address;   /* the remote's */
	struct multiaddr observed;  /* ours, as it says; len 0: unknown */
	struct peer_id expected;    /* the peer that we dial; len 0: any */
	struct host_peer *peer;     /* host_peer's; NULL until ready */
	struct dial *dial;          /* host_dial's; NULL once it is over */
	struct monotime since;      /* the state was entered */
	struct monotime in_use;     /* a stream was open; read by host_tidy() */
	uint8_t *output;            /* sealed; NULL: none waits */
	size_t output_len, output_sent;
	struct monotime blocked_since; /* NEVER: the pipe takes more */

	int fd; /* host_tcp's; -1: none */
	struct event *readable, *writable;
	struct buffer held; /* input that has to wait */

	struct stream *carrier; /* host_circuit's; NULL: gone */
	bool is_input_left;     /* in it */
};

/* A connection to address that is not up yet; made by its pipe. */
struct host_connection *host_connection_new(struct host *,
    const struct host_pipe *, bool is_dialer, const struct multiaddr *address);

/* Its pipe is up: begin with the handshake. */
void host_connection_start(struct host_connection *);

/* Connecting ends by limits.connect_ms; the pipe calls it after new. */
void host_connection_arm(struct host_connection *);

/* Input: returns how many bytes the machine used. The rest waits until
 * pipe->resume. */
size_t host_connection_receive(struct host_connection *, struct bytes);

/* Let the machine run in the next turn of work. */
void host_connection_wake(struct host_connection *);

/* The machine runs, and what it has is sent. */
void host_connection_flush(struct host_connection *);

/* An area of HOST_OUTPUT_SIZE for output, lent while output waits. */
void host_connection_borrow_output(struct host_connection *);
void host_connection_release_output(struct host_connection *);

/* Does it go through a relay? */
static inline bool
host_connection_is_relayed(const struct host_connection *connection)
{
	return connection->fd == -1;
}

static inline bool
host_connection_is_closing(const struct host_connection *connection)
{
	return connection->state == HOST_CONNECTION_CLOSING;
}

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
 *
 * A neighbour answers within milliseconds and mostly has something to say: its
 * silence is suspect long before that of a peer far away.
 */
enum { HOST_NEIGHBOUR_SILENCE_MS = 6000 };
void host_connection_suspect(struct host_connection *);
bool host_connection_is_suspect(const struct host_connection *);
void host_suspect_all(struct host *);
void host_suspect_silent_neighbours(struct host *, struct monotime now);

#endif
