/*
 * pubsub: the GossipSub service of a host: joins the router machine
 * (gossipsub) to the host's streams. Messages are StrictSign (libp2p pubsub
 * specification): what is delivered was signed by its author.
 */
#ifndef COMMON_LIBP2P_PUBSUB_H
#define COMMON_LIBP2P_PUBSUB_H

#include "common/libp2p/host.h"

enum { PUBSUB_DATA_MAX = 256 * 1024 }; /* of one message, ours and theirs */

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

/* Sign with the identity key: 0 or -errno. */
typedef int pubsub_sign_fn(
    struct bytes message, uint8_t signature[64], void *arg);

struct pubsub *pubsub_new(struct host *, const struct pubsub_observer *,
    pubsub_sign_fn *sign, void *arg);
void pubsub_free(struct pubsub *);

/* The host's observer passes these on. */
void pubsub_on_identified(struct pubsub *, const struct peer_id *);
void pubsub_on_disconnected(struct pubsub *, const struct peer_id *);

void pubsub_join(struct pubsub *, const char *topic);
void pubsub_leave(struct pubsub *, const char *topic);

/* Publish to every connected peer of the topic. *ret_peers (may be NULL) gets
 * how many it was sent to. 0, -EMSGSIZE, or the signer's error. */
int pubsub_publish(struct pubsub *, const char *topic, struct bytes data,
    size_t *ret_peers);

#endif
