/*
 * negotiation: agreeing on the protocol of one stream (multistream-select) as
 * the prelude of the stream. Frees itself: exactly one call of on_done ends
 * it.
 */
#ifndef COMMON_LIBP2P_CONNECTION_NEGOTIATION_H
#define COMMON_LIBP2P_CONNECTION_NEGOTIATION_H

#include <sys/queue.h>

#include "common/base/monotime.h"
#include "common/libp2p/stream/multistream.h"
#include "common/libp2p/yamux/yamux.h"

struct negotiation;
TAILQ_HEAD(negotiation_list, negotiation);

/* error 0: stream_protocol() was agreed. Otherwise the stream is reset:
 * -EPROTONOSUPPORT, -EPROTO (malformed, or ended too early), -ECONNRESET,
 * -ETIMEDOUT. */
typedef void negotiation_done_fn(struct stream *, int error, void *arg);

struct negotiation {
	TAILQ_ENTRY(negotiation) entry;
	struct negotiation_list *list;
	struct stream *stream;
	struct multistream multistream;
	struct monotime deadline;
	bool is_eager; /* the handler may already write */
	negotiation_done_fn *on_done;
	void *arg;
};

/* Propose on a stream that we opened. Inserts itself into list, which stays
 * ordered by deadline if all get the same time. */
struct negotiation *negotiation_dial(struct stream *,
    const char *const *protocols, size_t count, bool is_eager,
    struct negotiation_list *list, struct monotime deadline,
    negotiation_done_fn *on_done, void *arg);

/* Answer on a stream that the remote opened. */
struct negotiation *negotiation_listen(struct stream *,
    bool (*speaks)(const char *protocol, void *arg), void *speaks_arg,
    struct negotiation_list *list, struct monotime deadline,
    negotiation_done_fn *on_done, void *arg);

/* End it with error. */
void negotiation_fail(struct negotiation *, int error);

#endif
