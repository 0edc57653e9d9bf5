/*
 * subscriber_wheel: when each subscriber is due, in slots of time: adding and
 * moving cost the same for any number, and a turn touches only those that are
 * due. Times are met within a slot, late rather than early.
 */
#ifndef GOOP_RENDEZVOUSD_HUB_SUBSCRIBER_WHEEL_H
#define GOOP_RENDEZVOUSD_HUB_SUBSCRIBER_WHEEL_H

#include "goop-rendezvousd/hub/subscriber.h"

enum {
	SUBSCRIBER_WHEEL_SLOT_MS = 250,
	SUBSCRIBER_WHEEL_SLOTS = 32, /* later times come earlier */
};

LIST_HEAD(subscriber_list, subscriber);

struct subscriber_wheel {
	struct subscriber_list slots[SUBSCRIBER_WHEEL_SLOTS];
	struct monotime begun;
	uint64_t turned; /* slots passed since */
};

void subscriber_wheel_init(struct subscriber_wheel *, struct monotime now);

/* Look at it at due, and not when it was said before. */
void subscriber_wheel_put(
    struct subscriber_wheel *, struct subscriber *, struct monotime due);

/* Out of its slot, if it is in one. */
void subscriber_wheel_remove(struct subscriber *);

/* Take a subscriber that is due out of the wheel; NULL if none is left. */
struct subscriber *subscriber_wheel_take(
    struct subscriber_wheel *, struct monotime now);

#endif
