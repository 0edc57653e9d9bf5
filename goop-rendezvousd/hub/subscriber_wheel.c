#include "goop-rendezvousd/hub/subscriber_wheel.h"

void
subscriber_wheel_init(struct subscriber_wheel *wheel, struct monotime now)
{
	size_t i;

	for (i = 0; i < SUBSCRIBER_WHEEL_SLOTS; i++)
		LIST_INIT(&wheel->slots[i]);
	wheel->begun = now;
	wheel->turned = 0;
}

static struct subscriber_list *
slot_of(struct subscriber_wheel *wheel, uint64_t turn)
{
	return &wheel->slots[turn % SUBSCRIBER_WHEEL_SLOTS];
}

/* The slot that begins at this moment or after. */
static uint64_t
turn_of(const struct subscriber_wheel *wheel, struct monotime due)
{
	int64_t ms = monotime_since_ms(due, wheel->begun);

	if (ms <= 0)
		return 0;
	return ((uint64_t)ms + SUBSCRIBER_WHEEL_SLOT_MS - 1) /
	       SUBSCRIBER_WHEEL_SLOT_MS;
}

void
subscriber_wheel_remove(struct subscriber *subscriber)
{
	if (subscriber->wheel.le_prev != NULL)
		LIST_REMOVE(subscriber, wheel);
	subscriber->wheel.le_prev = NULL;
}

void
subscriber_wheel_put(struct subscriber_wheel *wheel,
    struct subscriber *subscriber, struct monotime due)
{
	uint64_t turn = turn_of(wheel, due);

	subscriber_wheel_remove(subscriber);
	if (turn <= wheel->turned)
		turn = wheel->turned + 1;
	if (turn >= wheel->turned + SUBSCRIBER_WHEEL_SLOTS)
		turn = wheel->turned + SUBSCRIBER_WHEEL_SLOTS - 1;
	LIST_INSERT_HEAD(slot_of(wheel, turn), subscriber, wheel);
}

struct subscriber *
subscriber_wheel_take(struct subscriber_wheel *wheel, struct monotime now)
{
	uint64_t turn = (uint64_t)monotime_since_ms(now, wheel->begun) /
			SUBSCRIBER_WHEEL_SLOT_MS;
	struct subscriber *subscriber;

	for (;;) {
		subscriber = LIST_FIRST(slot_of(wheel, wheel->turned));
		if (subscriber != NULL) {
			subscriber_wheel_remove(subscriber);
			return subscriber;
		}
		if (wheel->turned >= turn)
			return NULL;
		wheel->turned++;
	}
}
