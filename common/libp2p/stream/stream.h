/*
 * stream: one ordered, reliable, two-way byte stream to a peer, as a protocol
 * on top sees it. Made by a muxer; served to handlers.
 *
 * Receiving: on_data returns how many bytes it used. The rest is kept (bounded
 * by the window) and offered again, together with what came since, after
 * stream_resume(). Only used bytes re-open the window: not using bytes is the
 * back-pressure. stream_resume() from inside on_data means: again when more has
 * arrived, which suits a parser that needs a whole message.
 *
 * Sending: either push small messages with stream_write(), or pull: call
 * stream_wake() and let on_fill() write straight into the packet under
 * construction. Pushed bytes go before pulled ones.
 *
 * Inside any callback every stream_ function may be called, also on the same
 * stream; on_close is always the last callback, comes exactly once, and never
 * from within a stream_ call of the same stream.
 */
#ifndef COMMON_LIBP2P_STREAM_STREAM_H
#define COMMON_LIBP2P_STREAM_STREAM_H

#include "common/base/bytes.h"
#include "common/libp2p/multiformats/peer_id.h"

struct stream;

enum stream_end {
	STREAM_FINISHED, /* both sides closed their writing half */
	STREAM_RESET,    /* the remote reset it */
	STREAM_ABORTED,  /* we reset it */
	STREAM_LOST,     /* the connection is gone */
	STREAM_REFUSED,  /* opened before the answer (see host_open()), but the
			    remote does not speak the protocol */
	STREAM_STALLED,  /* the remote read nothing for too long */
};

enum { STREAM_PUSH_MAX = 2 * 1024 * 1024 }; /* pushed, not yet sent */

struct stream_handler {
	/* Bytes arrived: return how many were used. NULL: all are discarded. */
	size_t (*on_data)(struct stream *, struct bytes, void *arg);
	/* The remote finished writing and all was used. May be NULL. */
	void (*on_end)(struct stream *, void *arg);
	/* Write at most size bytes to buffer; 0 pauses until stream_wake().
	 * NULL: nothing is pulled. */
	size_t (*on_fill)(
	    struct stream *, uint8_t *buffer, size_t size, void *arg);
	/* The last call; the stream is invalid when it returns. May be
	 * NULL. */
	void (*on_close)(struct stream *, enum stream_end, void *arg);
};

/* Take the stream over, with what has not been used yet: it is offered to the
 * new handler soon after this call. */
void stream_set_handler(
    struct stream *, const struct stream_handler *, void *arg);

/* Queue bytes. 0; -ENOBUFS over STREAM_PUSH_MAX; -EPIPE after finish. */
int stream_write(struct stream *, struct bytes);
size_t stream_unsent(const struct stream *); /* pushed, not yet sent */

/* There is something to pull: call on_fill. */
void stream_wake(struct stream *);

/* No more will be written (FIN follows what is queued). */
void stream_finish(struct stream *);

/* Drop everything and reset the remote's half (RST). on_close(ABORTED)
 * follows. */
void stream_reset(struct stream *);

/* Offer unused bytes again. */
void stream_resume(struct stream *);

/* The remote peer; the agreed protocol. */
const struct peer_id *stream_peer(const struct stream *);
const char *stream_protocol(const struct stream *); /* "" while negotiating */

#endif
