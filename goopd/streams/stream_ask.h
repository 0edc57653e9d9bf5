/*
 * stream_ask: one question to a peer, over a stream of its own: wait for an
 * address, connect, open, write the request, wait for the answer, close; all of
 * it within one budget. Knows no protocol: callers find the end of the answer.
 */
#ifndef GOOPD_STREAMS_STREAM_ASK_H
#define GOOPD_STREAMS_STREAM_ASK_H

#include "common/base/monotime.h"
#include "common/libp2p/host/host.h"

struct stream_question {
	const struct peer_id *peer;  /* copied */
	const char *const *protocol; /* one; borrowed for the host's life */
	struct bytes request;        /* copied; may be empty */
	int64_t budget_ms;           /* until the answer */
	/* Wait until then for a first address of the peer. */
	struct monotime address_until;
};

/* The question that is under way: alive until on_fail or one of the three
 * functions that end it. */
struct stream_asking;

/* Called from the event loop only. */
struct stream_ask_handler {
	/* A piece of the answer, as a stream's on_data. */
	size_t (*on_data)(struct stream *, struct bytes, void *arg);
	/*
	 * The last call: there is no answer, or no more of it. An error of
	 * host_open(), or -EPROTONOSUPPORT also later, -ETIMEDOUT at the end of
	 * the budget, -ENODATA if the peer ended its half, -ECONNRESET if it
	 * reset the stream, -EPIPE if the connection was lost.
	 */
	void (*on_fail)(int error, void *arg);
};

/* Ask; the handler is borrowed. */
struct stream_asking *stream_ask(struct host *, const struct stream_question *,
    const struct stream_ask_handler *, void *arg);

/* The answer is complete: the stream ends by itself, or is reset soon. */
void stream_ask_done(struct stream_asking *);

/* No answer is wanted any more. */
void stream_ask_cancel(struct stream_asking *);

/* The stream goes to the caller, who sets its handler before it returns from
 * on_data; the budget counts no more. */
struct stream *stream_ask_take(struct stream_asking *);

#endif
