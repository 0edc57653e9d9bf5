/*
 * gossipsub_cache: the messages of the last heartbeats, to be advertised and
 * served on request (gossipsub v1.0, "Message Cache"). Bounded by age and by
 * bytes: the oldest goes first.
 */
#ifndef COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_CACHE_H
#define COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_CACHE_H

#include "common/libp2p/gossipsub/pubsub_message.h"

enum {
	GOSSIPSUB_CACHE_WINDOWS = 5,  /* heartbeats that a message is kept */
	GOSSIPSUB_GOSSIP_WINDOWS = 3, /* and advertised */
	GOSSIPSUB_CACHE_BYTES_MAX = 2 * 1024 * 1024,
	GOSSIPSUB_SERVED_MAX = 3, /* times one peer may ask for one id */
};

/* A message ready to be sent; shared, counted. */
struct gossipsub_message {
	unsigned int references;
	struct pubsub_id id;
	char topic[PUBSUB_TOPIC_MAX + 1];
	struct pubsub_frame frame;
	struct bytes data; /* inside frame */
};

/* Takes frame over; the caller holds the one reference. data_len bytes of
 * data begin at data_offset of the frame. */
struct gossipsub_message *gossipsub_message_new(const struct pubsub_id *,
    struct bytes topic, struct pubsub_frame *frame, size_t data_offset,
    size_t data_len);
struct gossipsub_message *gossipsub_message_ref(struct gossipsub_message *);
void gossipsub_message_unref(struct gossipsub_message *); /* NULL is fine */

struct gossipsub_cache;

struct gossipsub_cache *gossipsub_cache_new(void);
void gossipsub_cache_free(struct gossipsub_cache *);

/* Keep a message, by reference, whose id is not in the cache. */
void gossipsub_cache_put(struct gossipsub_cache *, struct gossipsub_message *);

/* The message for the peer with this number, borrowed; NULL if it is not
 * there or was served to that peer too often. Counts as served. */
struct gossipsub_message *gossipsub_cache_serve(
    struct gossipsub_cache *, const struct pubsub_id *, uint64_t peer_number);

/* At most max ids of a topic's messages to advertise, newest first; borrowed
 * till the cache changes. Returns how many. */
size_t gossipsub_cache_gossip(const struct gossipsub_cache *, const char *topic,
    const struct pubsub_id **ret, size_t max);

/* A heartbeat: the oldest window goes. */
void gossipsub_cache_shift(struct gossipsub_cache *);

size_t gossipsub_cache_count(const struct gossipsub_cache *);
size_t gossipsub_cache_bytes(const struct gossipsub_cache *);

#endif
