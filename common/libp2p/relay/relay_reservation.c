#include "common/libp2p/relay/relay_reservation.h"

/* After the first, second, ... failure; the last one for ever. */
static const int backoff_ms[] = { 500, 1000, 3000, 6000, 15000, 60000 };
enum { BACKOFF_COUNT = sizeof(backoff_ms) / sizeof(backoff_ms[0]) };

/* ms and a fifth of it more or less, so that the clients of a relay that comes
 * back do not all come at once. */
static int64_t
spread(int64_t ms, double random)
{
	return (int64_t)((double)ms * (0.8 + 0.4 * random));
}

void
relay_reservation_init(struct relay_reservation *held, struct monotime now)
{
	*held = (struct relay_reservation){ .next = now,
		.expires = MONOTIME_NEVER };
}

bool
relay_reservation_is_held(const struct relay_reservation *held)
{
	return held->state == RESERVATION_HELD ||
	       held->state == RESERVATION_RENEWING;
}

bool
relay_reservation_is_awaited(const struct relay_reservation *held)
{
	return held->state == RESERVATION_ASKED ||
	       held->state == RESERVATION_RENEWING;
}

bool
relay_reservation_is_due(
    const struct relay_reservation *held, struct monotime now)
{
	return !relay_reservation_is_awaited(held) &&
	       monotime_reached(now, held->next);
}

void
relay_reservation_asked(struct relay_reservation *held)
{
	held->state = relay_reservation_is_held(held) ? RESERVATION_RENEWING
						      : RESERVATION_ASKED;
}

void
relay_reservation_granted(struct relay_reservation *held, int64_t left_s,
    double random, struct monotime now)
{
	if (left_s > RESERVATION_MAX_S)
		left_s = RESERVATION_MAX_S;
	if (left_s < RESERVATION_MIN_S)
		left_s = RESERVATION_MIN_S;
	held->state = RESERVATION_HELD;
	held->failures = 0;
	held->expires = monotime_add_ms(now, left_s * 1000);
	/* Between 48 and 72 % of the time: several tries fit in the rest. */
	held->next = monotime_add_ms(now, spread(left_s * 600, random));
}

void
relay_reservation_failed(struct relay_reservation *held, bool is_refusal,
    double random, struct monotime now)
{
	unsigned int step =
	    held->failures < BACKOFF_COUNT ? held->failures : BACKOFF_COUNT - 1;
	int64_t wait_ms =
	    is_refusal ? RESERVATION_REFUSED_S * 1000 : backoff_ms[step];

	held->state = relay_reservation_is_held(held) ? RESERVATION_HELD
						      : RESERVATION_NONE;
	held->failures++;
	held->next = monotime_add_ms(now, spread(wait_ms, random));
}

void
relay_reservation_lost(
    struct relay_reservation *held, double random, struct monotime now)
{
	bool is_awaited = relay_reservation_is_awaited(held);

	if (!relay_reservation_is_held(held))
		return;
	held->expires = MONOTIME_NEVER;
	held->state = is_awaited ? RESERVATION_ASKED : RESERVATION_NONE;
	held->next = monotime_add_ms(now, spread(backoff_ms[0], random));
}

bool
relay_reservation_expire(struct relay_reservation *held, struct monotime now)
{
	if (!relay_reservation_is_held(held) ||
	    !monotime_reached(now, held->expires))
		return false;
	held->state = relay_reservation_is_awaited(held) ? RESERVATION_ASKED
							 : RESERVATION_NONE;
	held->expires = MONOTIME_NEVER;
	return true;
}

struct monotime
relay_reservation_deadline(const struct relay_reservation *held)
{
	return relay_reservation_is_awaited(held)
		   ? held->expires
		   : monotime_min(held->next, held->expires);
}
