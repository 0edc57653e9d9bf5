/*
 * relay_reservation: one reservation at one relay, over time: when to ask, when
 * to renew, and how long to wait after a failure. Bookkeeping only: callers
 * bring the clocks and a random number.
 */
#ifndef COMMON_LIBP2P_RELAY_RELAY_RESERVATION_H
#define COMMON_LIBP2P_RELAY_RELAY_RESERVATION_H

#include <stdbool.h>

#include "common/base/monotime.h"

enum {
	/* However long a relay says: an old reservation costs a visit. */
	RESERVATION_MAX_S = 2 * 3600,
	/* For a relay whose clock differs from ours, or that says too little.
	 */
	RESERVATION_MIN_S = 300,
	/* After a refusal; other failures have a shorter backoff. */
	RESERVATION_REFUSED_S = 180,
};

enum reservation_state {
	RESERVATION_NONE,
	RESERVATION_ASKED, /* none so far, the answer is awaited */
	RESERVATION_HELD,
	RESERVATION_RENEWING, /* held, the answer is awaited */
};

struct relay_reservation {
	enum reservation_state state;
	struct monotime next;    /* to ask, unless an answer is awaited */
	struct monotime expires; /* while it is held */
	unsigned int failures;   /* since it was granted */
};

/* To be asked for at once. */
void relay_reservation_init(struct relay_reservation *, struct monotime now);

bool relay_reservation_is_held(const struct relay_reservation *);
bool relay_reservation_is_awaited(const struct relay_reservation *);

/* Is it time to ask? */
bool relay_reservation_is_due(
    const struct relay_reservation *, struct monotime now);

/* We have asked. Then one of the next two. */
void relay_reservation_asked(struct relay_reservation *);

/* Granted for left_s seconds, as the relay says. random is in [0, 1). */
void relay_reservation_granted(struct relay_reservation *, int64_t left_s,
    double random, struct monotime now);

/* No answer, or a refusal of the relay. What is held stays until it expires. */
void relay_reservation_failed(struct relay_reservation *, bool is_refusal,
    double random, struct monotime now);

/* The connection to the relay is gone, and with it what was held. */
void relay_reservation_lost(
    struct relay_reservation *, double random, struct monotime now);

/* Drop it if it has expired; true if so. */
bool relay_reservation_expire(struct relay_reservation *, struct monotime now);

/* When something is to be done; NEVER while an answer is awaited. */
struct monotime relay_reservation_deadline(const struct relay_reservation *);

#endif
