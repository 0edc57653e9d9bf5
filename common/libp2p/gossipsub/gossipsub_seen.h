/*
 * gossipsub_seen: the ids of messages that were seen lately. An id is
 * forgotten a fixed time after it was first seen, or earlier when there are
 * too many: the oldest goes first.
 */
#ifndef COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_SEEN_H
#define COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_SEEN_H

#include "common/base/monotime.h"
#include "common/libp2p/gossipsub/pubsub_message.h"

enum {
	GOSSIPSUB_SEEN_MAX = 32768,
	GOSSIPSUB_SEEN_MS = 120 * 1000,
};

struct gossipsub_seen;

struct gossipsub_seen *gossipsub_seen_new(void);
void gossipsub_seen_free(struct gossipsub_seen *);

bool gossipsub_seen_has(
    const struct gossipsub_seen *, const struct pubsub_id *);

/* Note an id that is not there yet. */
void gossipsub_seen_add(
    struct gossipsub_seen *, const struct pubsub_id *, struct monotime now);

/* Forget what is old enough. */
void gossipsub_seen_expire(struct gossipsub_seen *, struct monotime now);

size_t gossipsub_seen_count(const struct gossipsub_seen *);

#endif
