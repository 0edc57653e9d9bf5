/*
 * pubsub_state: what the parts of the pubsub edge share; nobody else includes
 * this. Each peer has a link with one pipe each way: streams are one-way.
 */
#ifndef COMMON_LIBP2P_PUBSUB_PUBSUB_STATE_H
#define COMMON_LIBP2P_PUBSUB_PUBSUB_STATE_H

#include "common/base/buffer.h"
#include "common/base/hash.h"
#include "common/base/monotime.h"
#include "common/libp2p/gossipsub/gossipsub.h"
#include "common/libp2p/pubsub/pubsub.h"

enum { PUBSUB_PROTOCOL_COUNT = 3 };

/* One stream, in or out. It lives until the stream's on_close; without a link
 * it is only waiting for that. */
struct pubsub_pipe {
	struct pubsub_link *link;
	struct stream *stream;
	struct buffer partial; /* in: an RPC that is not whole yet */
	bool is_large;         /* in: counted in large_count */
	struct monotime since; /* in: of the partial RPC; out: opened */
};

/* A peer: one pipe each way. */
struct pubsub_link {
	struct pubsub *pubsub;
	struct peer_id peer;
	struct pubsub_pipe *in;
	struct pubsub_pipe *out;
	struct host_request *opening;
	unsigned int losses;
	struct monotime reopen;
	UT_hash_handle hh;
};

struct pubsub {
	struct host *host;
	const struct pubsub_observer *observer;
	pubsub_sign_fn *sign;
	void *arg; /* for these two */
	struct gossipsub *router;
	struct event *heartbeat;
	struct pubsub_link *links;
	unsigned int large_count;
	size_t queued; /* by all peers; never less than the truth */
};

/* Newest first. */
extern const char *const pubsub_protocols[PUBSUB_PROTOCOL_COUNT];

/* --- pubsub.c */

struct pubsub_link *pubsub_link_find(
    const struct pubsub *, const struct peer_id *);
/* Hand on what the router has to tell. */
void pubsub_drain(struct pubsub *);

/* --- pubsub_in.c: what peers send */

struct pubsub_pipe *pubsub_pipe_new(
    struct pubsub_link *, struct stream *, const struct stream_handler *);
/* Part with a pipe (may be NULL): its stream is reset, on_close frees it. */
void pubsub_pipe_abandon(struct pubsub_pipe **);
extern const struct stream_handler pubsub_in_handler;

/* --- pubsub_out.c: what we send */

/* Open the stream to a connected peer, unless it is there or on its way. */
void pubsub_link_open(struct pubsub_link *);
/* Count anew what waits for the peers. */
void pubsub_count_queued(struct pubsub *);
gossipsub_send_fn pubsub_send;

#endif
