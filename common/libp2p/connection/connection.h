/*
 * connection: turns the raw bytes of one TCP connection into streams:
 * multistream-select for /noise, the Noise handshake, the muxer (agreed inside
 * the handshake, or by multistream-select), yamux, and the negotiation of each
 * stream. No I/O: bytes in, bytes out, time passed in.
 *
 * A dialer sends its proposal and the first handshake message in one write,
 * and the last handshake message together with the first streams: three round
 * trips from connect(2) to the first byte of an answer.
 */
#ifndef COMMON_LIBP2P_CONNECTION_CONNECTION_H
#define COMMON_LIBP2P_CONNECTION_CONNECTION_H

#include "common/base/monotime.h"
#include "common/libp2p/noise/noise.h"
#include "common/libp2p/stream/stream.h"

enum {
	/* connection_fill() never needs more for one record. */
	CONNECTION_RECORD_MAX = 2 + NOISE_FRAME_MAX,
	/* A nested connection makes smaller records for less room, down to
	 * this. */
	CONNECTION_NESTED_MIN = 1024,
};

struct connection;
struct negotiation;

struct connection_handler {
	/* The remote is known and streams can be opened. */
	void (*on_ready)(struct connection *, void *arg);
	/* Is this protocol served? */
	bool (*speaks)(const char *protocol, void *arg);
	/* The remote opened a stream and both agreed on stream_protocol(). Set
	 * a handler, or reset it. */
	void (*on_stream)(struct connection *, struct stream *, void *arg);
	/* connection_run() and connection_fill() may have work. Only a hint;
	 * may come often and from inside any call. */
	void (*on_output)(struct connection *, void *arg);
};

struct connection_config {
	bool is_dialer;
	const struct noise_identity *identity; /* borrowed */
	const struct peer_id *expected;        /* dialer; or NULL */
	bool offers_muxer;    /* in the handshake; false only in tests */
	bool is_nested;       /* its bytes travel in a stream of another one */
	int64_t upgrade_ms;   /* till ready */
	int64_t negotiate_ms; /* of a stream */
	const struct connection_handler *handler;
	void *arg;
};

struct connection *connection_new(
    const struct connection_config *, struct monotime now);
/* All streams end with STREAM_LOST. Never from a callback. */
void connection_free(struct connection *);

/*
 * Feed raw bytes. Returns how many were used: all, unless the remote causes
 * output faster than it reads it and has to wait (connection_is_congested()).
 * Check connection_reason() afterwards.
 */
size_t connection_receive(
    struct connection *, struct bytes, struct monotime now);
bool connection_is_congested(const struct connection *);

/* Run what stream_ calls have scheduled. Never from a callback. */
void connection_run(struct connection *, struct monotime now);

/* Produce at most size raw bytes; 0 when there is nothing to send (or less
 * room than one record needs). */
size_t connection_fill(
    struct connection *, uint8_t *out, size_t size, struct monotime now);

/* Time-outs. Call again no later than connection_deadline(). */
void connection_tick(struct connection *, struct monotime now);
struct monotime connection_deadline(const struct connection *);

/* Why the connection is over (static text); NULL while it is not. What
 * connection_fill() still produces may be sent before closing. */
const char *connection_reason(const struct connection *);

/* It is over since the remote speaks neither our secure channel nor our muxer.
 */
bool connection_is_foreign(const struct connection *);

/* Suspect that the remote is gone, until it answers (yamux_doubt()). Without an
 * answer connection_tick() soon ends the connection. */
void connection_doubt(struct connection *, struct monotime now);
bool connection_is_doubted(const struct connection *);
/* How long nothing has come; 0 before the muxer is up. */
int64_t connection_silent_ms(const struct connection *, struct monotime now);
/* Does the remote still accept streams? */
bool connection_is_willing(const struct connection *);

const struct peer_id *connection_remote(const struct connection *); /* ready */
int64_t connection_rtt_us(const struct connection *);
size_t connection_stream_count(const struct connection *);
size_t connection_count_inbound(
    const struct connection *, const char *protocol);

bool connection_carries(const struct connection *, const struct stream *);

/*
 * Open a stream for the first of count protocols (borrowed till done) that the
 * remote speaks. done comes exactly once, never from inside this call, with 0
 * or an error (see negotiation.h), when the stream is already gone or about to
 * end. Returns the stream; NULL at the limit.
 *
 * If is_eager (only the first protocol is proposed, stream_protocol() is it at
 * once) the caller sets its handler now and may write before the answer
 * arrives: if the remote does not speak it, on_close gets STREAM_REFUSED.
 */
typedef void connection_opened_fn(struct stream *, int error, void *arg);
struct stream *connection_open(struct connection *,
    const char *const *protocols, size_t count, bool is_eager,
    connection_opened_fn *done, void *arg, struct monotime now);

#endif
