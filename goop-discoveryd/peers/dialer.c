#include "goop-discoveryd/peers/dialer.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"

COUNTER(dialer_refused, "peers not dialled because too many are wanted");
COUNTER(dialer_delayed, "dials put off by the rate limit");
COUNTER(dialer_evicted, "peers that failed most, dialled no more for others");

enum { DIALER_PAUSE_MS = 250 };

struct target {
	struct peer_id id;
	bool is_connected;
	bool is_running;
	bool is_near;
	bool was_connected; /* at any time */
	struct monotime due;
	int64_t gap_ms;
	UT_hash_handle hh;
};

struct dialer {
	struct target *targets;
	size_t running;
	struct token_bucket bucket;
	struct monotime paused; /* until then: the bucket was empty */
};

struct dialer *
dialer_new(struct monotime now)
{
	struct dialer *dialer = xzalloc(sizeof(*dialer));

	token_bucket_init(
	    &dialer->bucket, DIALER_BURST, DIALER_PER_SECOND, now);
	dialer->paused = now;
	return dialer;
}

static void
target_free(struct dialer *dialer, struct target *target)
{
	if (target->is_running)
		dialer->running--;
	HASH_DEL(dialer->targets, target);
	free(target);
}

void
dialer_free(struct dialer *dialer)
{
	struct target *target, *next;

	if (dialer == NULL)
		return;
	HASH_ITER (hh, dialer->targets, target, next)
		target_free(dialer, target);
	free(dialer);
}

static struct target *
dialer_find(const struct dialer *dialer, const struct peer_id *id)
{
	struct target *target;

	HASH_FIND(hh, dialer->targets, id, sizeof(*id), target);
	return target;
}

static int64_t
gap_max_ms(const struct target *target)
{
	return target->is_near && target->was_connected
		   ? DIALER_GAP_NEIGHBOUR_MS
		   : DIALER_GAP_MAX_MS;
}

static bool
target_is_waiting(const struct target *target)
{
	return !target->is_connected && !target->is_running;
}

/* Room for one more: the peer that failed most often goes. False if all are
 * connected or new. */
static bool
dialer_make_room(struct dialer *dialer)
{
	struct target *target, *worst = NULL;

	if (HASH_COUNT(dialer->targets) < DIALER_PEERS_MAX)
		return true;
	for (target = dialer->targets; target != NULL; target = target->hh.next)
		if (target_is_waiting(target) && target->gap_ms > 0 &&
		    (worst == NULL || target->gap_ms > worst->gap_ms))
			worst = target;
	if (worst == NULL)
		return false;
	counter_add(&dialer_evicted, 1);
	target_free(dialer, worst);
	return true;
}

void
dialer_want(
    struct dialer *dialer, const struct peer_id *id, struct monotime now)
{
	struct target *target = dialer_find(dialer, id);

	if (target != NULL)
		return;
	if (!dialer_make_room(dialer)) {
		counter_add(&dialer_refused, 1);
		return;
	}
	target = xzalloc(sizeof(*target));
	target->id = *id;
	target->due = now;
	HASH_ADD(hh, dialer->targets, id, sizeof(target->id), target);
}

void
dialer_hurry(
    struct dialer *dialer, const struct peer_id *id, struct monotime now)
{
	struct target *target = dialer_find(dialer, id);

	if (target != NULL && target_is_waiting(target))
		target->due = now;
}

void
dialer_set_near(struct dialer *dialer, const struct peer_id *id, bool is_near)
{
	struct target *target = dialer_find(dialer, id);

	if (target != NULL)
		target->is_near = is_near;
}

void
dialer_network_changed(struct dialer *dialer, struct monotime now)
{
	struct target *target;

	for (target = dialer->targets; target != NULL;
	     target = target->hh.next) {
		target->gap_ms = 0;
		if (target_is_waiting(target))
			target->due = now;
	}
}

void
dialer_unwant(struct dialer *dialer, const struct peer_id *id)
{
	struct target *target = dialer_find(dialer, id);

	if (target != NULL)
		target_free(dialer, target);
}

void
dialer_connected(struct dialer *dialer, const struct peer_id *id)
{
	struct target *target = dialer_find(dialer, id);

	if (target == NULL)
		return;
	target->is_connected = target->was_connected = true;
	target->gap_ms = 0;
}

void
dialer_disconnected(
    struct dialer *dialer, const struct peer_id *id, struct monotime now)
{
	struct target *target = dialer_find(dialer, id);

	if (target == NULL)
		return;
	target->is_connected = false;
	target->due = monotime_add_ms(now, DIALER_GAP_MIN_MS);
}

void
dialer_reset(struct dialer *dialer, struct monotime now)
{
	struct target *target;

	for (target = dialer->targets; target != NULL;
	     target = target->hh.next) {
		target->is_connected = false;
		target->gap_ms = 0;
		target->due = now;
	}
}

bool
dialer_next(struct dialer *dialer, struct monotime now, struct peer_id *ret)
{
	struct target *target;

	if (dialer->running >= DIALER_RUNNING_MAX ||
	    !monotime_reached(now, dialer->paused))
		return false;
	for (target = dialer->targets; target != NULL; target = target->hh.next)
		if (target_is_waiting(target) &&
		    monotime_reached(now, target->due))
			break;
	if (target == NULL)
		return false;
	if (!token_bucket_take(&dialer->bucket, 1, now)) {
		counter_add(&dialer_delayed, 1);
		dialer->paused = monotime_add_ms(now, DIALER_PAUSE_MS);
		return false;
	}
	/* To the end of the order: each gets its turn. */
	HASH_DEL(dialer->targets, target);
	HASH_ADD(hh, dialer->targets, id, sizeof(target->id), target);
	target->is_running = true;
	dialer->running++;
	*ret = target->id;
	return true;
}

void
dialer_done(struct dialer *dialer, const struct peer_id *id, bool connected,
    struct monotime now)
{
	struct target *target = dialer_find(dialer, id);

	if (target == NULL || !target->is_running)
		return;
	target->is_running = false;
	dialer->running--;
	if (connected) {
		dialer_connected(dialer, id);
		return;
	}
	target->gap_ms =
	    target->gap_ms == 0 ? DIALER_GAP_MIN_MS : target->gap_ms * 2;
	if (target->gap_ms > gap_max_ms(target))
		target->gap_ms = gap_max_ms(target);
	target->due = monotime_add_ms(now, target->gap_ms);
}

struct monotime
dialer_deadline(const struct dialer *dialer)
{
	struct monotime deadline = MONOTIME_NEVER;
	const struct target *target;

	if (dialer->running >= DIALER_RUNNING_MAX)
		return deadline;
	for (target = dialer->targets; target != NULL; target = target->hh.next)
		if (target_is_waiting(target))
			deadline = monotime_min(deadline, target->due);
	/* not before the pause is over */
	return deadline.us < dialer->paused.us ? dialer->paused : deadline;
}
