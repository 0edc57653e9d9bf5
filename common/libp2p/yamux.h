/*
 * yamux: many streams over one secured byte stream (yamux specification,
 * /yamux/1.0.0). Plaintext bytes in, events out; outgoing frames are pulled
 * straight into the record under construction, so that a byte of a file is
 * copied once on its way from read(2) to the cipher. Time is passed in.
 *
 * Order of what is sent: pongs, then other control frames, then streams round
 * robin with bodies of at most YAMUX_BODY_MAX.
 */
#ifndef COMMON_LIBP2P_YAMUX_H
#define COMMON_LIBP2P_YAMUX_H

#include "common/base/monotime.h"
#include "common/libp2p/stream.h"

enum {
	YAMUX_HEADER_SIZE = 12,
	YAMUX_WINDOW_INITIAL = 256 * 1024, /* fixed by the specification */
	YAMUX_WINDOW_MAX = 16 * 1024 * 1024,
	YAMUX_BODY_MAX = 65507,            /* one Noise record with its header */
	YAMUX_STREAMS_INBOUND_MAX = 256,   /* then RST, counted */
	YAMUX_STREAMS_OUTBOUND_MAX = 512,
	YAMUX_UNNEGOTIATED_MAX = 64,       /* inbound, no protocol agreed yet */
	YAMUX_CONTROL_MAX = 64 * 1024,     /* queued control bytes; then close */
	YAMUX_PONGS_MAX = 32,
	YAMUX_KEEPALIVE_MS = 30000,
	YAMUX_PONG_TIMEOUT_MS = 10000,
};

struct yamux;

struct yamux_handler {
	/* A stream was opened from the other side. Set a handler, or reset. */
	void (*on_stream)(struct yamux *, struct stream *, void *arg);
	/* There may be something for yamux_fill() now. Only a hint, may come
	 * often and from inside any call. */
	void (*on_output)(struct yamux *, void *arg);
};

/* remote is copied. The dialer of the connection is the client. */
struct yamux *yamux_new(bool is_client, const struct peer_id *remote,
    const struct yamux_handler *, void *arg, struct monotime now);

/* Every open stream gets on_close(STREAM_LOST). Never from a callback. */
void yamux_free(struct yamux *);

/* Feed bytes; 0, or -EPROTO: the session is over (yamux_fill may still give a
 * go away frame); yamux_reason() tells why. */
int yamux_receive(struct yamux *, struct bytes, struct monotime now);
const char *yamux_reason(const struct yamux *); /* static text */

/* Produce at most size bytes of frames; 0 when there is nothing to send. */
size_t yamux_fill(
    struct yamux *, uint8_t *buffer, size_t size, struct monotime now);

/* Keep-alive and closing of idle handshakes. 0, or -ETIMEDOUT: the other side
 * is dead. Call again no later than yamux_deadline(). */
int yamux_tick(struct yamux *, struct monotime now);
struct monotime yamux_deadline(const struct yamux *);

/* Open a stream. NULL when at the limit or after go away. */
struct stream *yamux_open(struct yamux *, const struct stream_handler *,
    void *arg);

/* Streams known by now, and the last measured round trip (-1: none yet). */
size_t yamux_stream_count(const struct yamux *);
int64_t yamux_rtt_us(const struct yamux *);

/* The muxer's stream was agreed to speak protocol (copied); it no longer
 * counts as unnegotiated. */
void stream_agreed(struct stream *, const char *protocol);
struct yamux *stream_yamux(struct stream *);

#endif
