/*
 * pubsub: the GossipSub service of a host: joins the router machine (gossipsub)
 * to the host's streams. Messages are StrictSign (libp2p pubsub specification):
 * each delivered message was signed by its author.
 */
#ifndef COMMON_LIBP2P_PUBSUB_PUBSUB_H
#define COMMON_LIBP2P_PUBSUB_PUBSUB_H

#include "common/libp2p/host/host.h"
#include "common/libp2p/gossipsub/pubsub_sign.h"

enum {
	/* Queued for one peer that reads slowly; beyond these, gossip, then
	 * messages are dropped, and then the stream is reset. */
	PUBSUB_QUEUE_GOSSIP_MAX = 512 * 1024,
	PUBSUB_QUEUE_MESSAGE_MAX = 1024 * 1024,
	PUBSUB_QUEUE_CONTROL_MAX = 1536 * 1024,
	/* Queued for all peers; beyond it only control messages are queued. */
	PUBSUB_QUEUES_MAX = 32 * 1024 * 1024,
	/* An RPC that has arrived in part may take SMALL bytes, LARGE_MAX of
	 * them may take more, and each must be complete within MS. */
	PUBSUB_PARTIAL_SMALL = 64 * 1024,
	PUBSUB_PARTIAL_LARGE_MAX = 16,
	PUBSUB_PARTIAL_MS = 30 * 1000,
	PUBSUB_OPEN_MS = 10 * 1000,
	/* A lost stream is reopened after this delay, doubled each time. */
	PUBSUB_REOPEN_MS = 500,
	PUBSUB_REOPEN_MAX_MS = 60 * 1000,
	PUBSUB_STEADY_MS = 600 * 1000, /* then the delay starts anew */
};

struct gossipsub;
struct pubsub;

struct pubsub_observer {
	/* A message of a topic we joined, signature verified, seen once. */
	void (*on_message)(struct pubsub *, const char *topic,
	    const struct peer_id *author, uint64_t seqno, struct bytes data,
	    void *arg);
	/* A connected peer joined or left a topic that we joined. */
	void (*on_subscriber)(struct pubsub *, const char *topic,
	    const struct peer_id *, bool joined, void *arg);
};

/* Serve pubsub on a host; arg is for observer and sign. Free it before the
 * host, and not from a callback. */
struct pubsub *pubsub_new(struct host *, const struct pubsub_observer *,
    pubsub_sign_fn *sign, void *arg);
void pubsub_free(struct pubsub *);

/* To be called by the host's observer. */
void pubsub_on_identified(struct pubsub *, const struct peer_id *);
void pubsub_on_disconnected(struct pubsub *, const struct peer_id *);

void pubsub_join(struct pubsub *, const char *topic);
void pubsub_leave(struct pubsub *, const char *topic);

/* Publish to every connected peer of the topic. *ret_peers (may be NULL) gets
 * how many it was sent to. 0, -EMSGSIZE, or the signer's error. */
int pubsub_publish(
    struct pubsub *, const char *topic, struct bytes data, size_t *ret_peers);

/* The machine, for status pages and tests: meshes, scores, usage. */
const struct gossipsub *pubsub_router(const struct pubsub *);

#endif
