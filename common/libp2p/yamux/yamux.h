/*
 * yamux: many streams over one secured byte stream (yamux specification,
 * /yamux/1.0.0). Plaintext bytes in, events out; outgoing frames are pulled
 * straight into the record under construction, so that a byte of a file is
 * copied once on its way from read(2) to the cipher. Time is passed in.
 *
 * Send order: pongs, then other control frames, then streams round robin with
 * bodies of at most YAMUX_BODY_MAX.
 *
 * The effects of a stream_ call (offering kept bytes, on_end, on_close) happen
 * in yamux_run(), never inside the call.
 */
#ifndef COMMON_LIBP2P_YAMUX_YAMUX_H
#define COMMON_LIBP2P_YAMUX_YAMUX_H

#include "common/base/monotime.h"
#include "common/libp2p/stream/stream.h"

enum {
	YAMUX_HEADER_SIZE = 12,
	YAMUX_WINDOW_INITIAL = 256 * 1024, /* fixed by the specification */
	YAMUX_WINDOW_MAX = 16 * 1024 * 1024,
	/* On a short path a window grows to this, or to what carries 2 GiB/s:
	 * more would wait here for a local reader that is scheduled late. */
	YAMUX_WINDOW_SHORT_MAX = 2 * 1024 * 1024,
	YAMUX_WINDOW_PER_US = 2 * 1024,
	YAMUX_WINDOW_GROWN_MAX = 32 * 1024 * 1024, /* beyond the initial ones,
						      all streams together */
	YAMUX_GROWN_ALL_MAX = 64 * 1024 * 1024,    /* of all sessions */
	/* Received and not used yet, of a session and of all of them; beyond
	 * it streams are reset, counted. */
	YAMUX_BACKLOG_MAX = 48 * 1024 * 1024,
	YAMUX_BACKLOG_ALL_MAX = 128 * 1024 * 1024,
	YAMUX_GRANT_STEP = 512 * 1024, /* or half the window, if less */
	YAMUX_BODY_MAX = 65507,        /* one Noise record with its header */
	YAMUX_BODY_SHARED_MAX = 16 * 1024, /* while several streams send */
	YAMUX_STREAMS_INBOUND_MAX = 256,   /* then RST, counted */
	YAMUX_STREAMS_OUTBOUND_MAX = 512,
	YAMUX_UNNEGOTIATED_MAX = 64,    /* inbound, no protocol agreed yet */
	YAMUX_CONTROL_MAX = 128 * 1024, /* queued control bytes; then close */
	YAMUX_CONGESTED = 32 * 1024,    /* take no more input; what one more
					   record asks for still fits */
	YAMUX_PONGS_MAX = 32,           /* then dropped, counted */
	YAMUX_KEEPALIVE_MS = 30000,
	YAMUX_PONG_TIMEOUT_MS = 10000,
	YAMUX_PROBE_MS =
	    5000, /* silence after which a new stream also sends a ping */
	YAMUX_DOUBT_TIMEOUT_MS = 3000, /* for a pong after yamux_doubt() */
	YAMUX_STALL_MS = 60000, /* without credit for waiting data, or silent
				   after our answer's FIN; then RST, counted */
};

struct yamux;

struct yamux_handler {
	/* The remote opened a stream. Set a handler, or reset it. */
	void (*on_stream)(struct yamux *, struct stream *, void *arg);
	/* yamux_run() and yamux_fill() may have work. Only a hint; may come
	 * often and from inside any call. */
	void (*on_output)(struct yamux *, void *arg);
};

/* remote is copied. The dialer of the connection is the client. */
struct yamux *yamux_new(bool is_client, const struct peer_id *remote,
    const struct yamux_handler *, void *arg, struct monotime now);

/* Every open stream gets on_close(STREAM_LOST). Never from a callback. */
void yamux_free(struct yamux *);

/* Feed bytes; 0, or -EPROTO: the session is over (yamux_fill() may still
 * produce a go away frame); see yamux_reason(). */
int yamux_receive(struct yamux *, struct bytes, struct monotime now);

/* Static text once the session is over for a fault of either side, else
 * NULL. */
const char *yamux_reason(const struct yamux *);

/* Run what stream_ calls have scheduled. Never from a callback. */
void yamux_run(struct yamux *, struct monotime now);

/* Produce at most size bytes of frames; 0 when there is nothing to send. */
size_t yamux_fill(
    struct yamux *, uint8_t *buffer, size_t size, struct monotime now);

/* The session that the stream belongs to. */
struct yamux *yamux_of_stream(const struct stream *);

/* True if so much control output is queued that no more input should be
 * taken. */
bool yamux_is_congested(const struct yamux *);

/* Keep-alive and resets of stalled streams. 0, or -ETIMEDOUT: the remote is
 * dead. Call again no later than yamux_deadline(). */
int yamux_tick(struct yamux *, struct monotime now);
struct monotime yamux_deadline(const struct yamux *);

/*
 * The remote may be gone: ping it at once, and tolerate silence only for
 * YAMUX_DOUBT_TIMEOUT_MS. A pong ends the doubt.
 */
void yamux_doubt(struct yamux *, struct monotime now);
bool yamux_is_doubted(const struct yamux *);

/* How long nothing has come. */
int64_t yamux_silent_ms(const struct yamux *, struct monotime now);

/* The remote accepts no more streams. */
bool yamux_is_gone_away(const struct yamux *);

/* Open a stream; it has no handler yet. NULL when at the limit or after go
 * away. */
struct stream *yamux_open(struct yamux *, struct monotime now);

/* Streams known by now, and the last measured round trip (-1: none yet). */
size_t yamux_stream_count(const struct yamux *);
int64_t yamux_rtt_us(const struct yamux *);

/* How many of the inbound streams speak protocol. */
size_t yamux_count_inbound(const struct yamux *, const char *protocol);

/*
 * A prelude gets the received bytes before the handler, until it is removed:
 * the negotiation of a protocol, while the handler may already write. on_gone
 * is the last call, when the stream closes before that.
 */
struct stream_prelude {
	size_t (*on_data)(struct stream *, struct bytes, void *arg);
	void (*on_end)(struct stream *, void *arg);
	void (*on_gone)(struct stream *, void *arg);
};
void stream_set_prelude(
    struct stream *, const struct stream_prelude *, void *arg);

/* Both sides agreed on protocol (copied); the stream no longer counts as
 * unnegotiated. */
void stream_agreed(struct stream *, const char *protocol);

/* Reset the stream, with end as the reason for on_close(). */
void stream_reset_as(struct stream *, enum stream_end end);

#endif
