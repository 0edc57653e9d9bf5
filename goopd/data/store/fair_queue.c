#include "goopd/data/store/fair_queue.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"
#include "common/base/xalloc.h"

TAILQ_HEAD(fair_items, fair_item);

struct fair_caller {
	struct fair_key key;
	struct fair_items waiting[FAIR_LANES];
	int64_t used_us[FAIR_LANES];
	unsigned int running[FAIR_LANES];
	size_t count; /* not yet released */
	size_t bytes; /* of these */
	TAILQ_ENTRY(fair_caller)
	turn[FAIR_LANES];                 /* callers with waiting items */
	TAILQ_ENTRY(fair_caller) absence; /* callers without items */
	UT_hash_handle hh;
};
TAILQ_HEAD(fair_callers, fair_caller);

struct fair_queue {
	struct fair_limits limits;
	struct fair_caller *callers; /* by key */
	struct fair_callers turns[FAIR_LANES];
	struct fair_callers absent; /* the longest first */
	size_t absent_count;
	int64_t level_us[FAIR_LANES]; /* what those served last had used */
	size_t count, bytes;
};

struct fair_queue *
fair_queue_new(const struct fair_limits *limits)
{
	struct fair_queue *queue = xzalloc(sizeof(*queue));
	unsigned int lane;

	queue->limits = *limits;
	for (lane = 0; lane < FAIR_LANES; lane++)
		TAILQ_INIT(&queue->turns[lane]);
	TAILQ_INIT(&queue->absent);
	return queue;
}

void
fair_queue_free(struct fair_queue *queue)
{
	struct fair_caller *caller, *next;

	if (queue == NULL)
		return;
	HASH_ITER (hh, queue->callers, caller, next) {
		HASH_DEL(queue->callers, caller);
		free(caller);
	}
	free(queue);
}

static void
caller_forget(struct fair_queue *queue, struct fair_caller *caller)
{
	TAILQ_REMOVE(&queue->absent, caller, absence);
	queue->absent_count--;
	HASH_DEL(queue->callers, caller);
	free(caller);
}

static struct fair_caller *
caller_add(struct fair_queue *queue, const struct fair_key *key)
{
	struct fair_caller *caller = xzalloc(sizeof(*caller));
	unsigned int lane;

	caller->key = *key;
	for (lane = 0; lane < FAIR_LANES; lane++) {
		TAILQ_INIT(&caller->waiting[lane]);
		caller->used_us[lane] = queue->level_us[lane];
	}
	HASH_ADD(hh, queue->callers, key, sizeof(caller->key), caller);
	return caller;
}

static struct fair_caller *
caller_find(struct fair_queue *queue, const struct fair_key *key)
{
	struct fair_caller *caller;

	HASH_FIND(hh, queue->callers, key, sizeof(*key), caller);
	return caller;
}

/* A caller without a request has one again. */
static void
caller_return(struct fair_queue *queue, struct fair_caller *caller)
{
	unsigned int lane;

	TAILQ_REMOVE(&queue->absent, caller, absence);
	queue->absent_count--;
	for (lane = 0; lane < FAIR_LANES; lane++) {
		int64_t level = queue->level_us[lane];

		if (caller->used_us[lane] < level)
			caller->used_us[lane] = level;
		else if (caller->used_us[lane] > level + FAIR_DEBT_MAX_US)
			caller->used_us[lane] = level + FAIR_DEBT_MAX_US;
	}
}

static void
caller_leave(struct fair_queue *queue, struct fair_caller *caller)
{
	TAILQ_INSERT_TAIL(&queue->absent, caller, absence);
	if (++queue->absent_count > FAIR_ABSENT_MAX)
		caller_forget(queue, TAILQ_FIRST(&queue->absent));
}

/* The item is one of its caller's, at the end or before all others. */
static void
enqueue(struct fair_queue *queue, struct fair_item *item, bool is_first)
{
	struct fair_caller *caller = item->caller;
	struct fair_items *waiting = &caller->waiting[item->lane];

	if (TAILQ_EMPTY(waiting))
		TAILQ_INSERT_TAIL(
		    &queue->turns[item->lane], caller, turn[item->lane]);
	if (is_first)
		TAILQ_INSERT_HEAD(waiting, item, entry);
	else
		TAILQ_INSERT_TAIL(waiting, item, entry);
	item->is_waiting = true;
}

static void
dequeue(struct fair_queue *queue, struct fair_item *item)
{
	struct fair_caller *caller = item->caller;
	struct fair_items *waiting = &caller->waiting[item->lane];

	TAILQ_REMOVE(waiting, item, entry);
	item->is_waiting = false;
	TAILQ_REMOVE(&queue->turns[item->lane], caller, turn[item->lane]);
	if (!TAILQ_EMPTY(waiting)) /* behind those that used as much */
		TAILQ_INSERT_TAIL(
		    &queue->turns[item->lane], caller, turn[item->lane]);
}

static bool
is_full(const struct fair_queue *queue, const struct fair_key *key,
    const struct fair_item *item)
{
	const struct fair_limits *limits = &queue->limits;
	size_t all = limits->all, bytes = limits->bytes;

	if (key->is_favoured) {
		all += limits->favoured;
		bytes *= 2;
	}
	return queue->count >= all ||
	       (bytes != 0 && queue->bytes + item->bytes > bytes);
}

static bool
is_caller_full(const struct fair_queue *queue, const struct fair_caller *caller,
    const struct fair_item *item)
{
	size_t bytes = queue->limits.caller_bytes;

	return caller->count >= queue->limits.caller ||
	       (bytes != 0 && caller->bytes + item->bytes > bytes);
}

int
fair_queue_put(struct fair_queue *queue, const struct fair_key *key,
    unsigned int lane, struct fair_item *item)
{
	struct fair_caller *caller = caller_find(queue, key);

	if (is_full(queue, key, item))
		return FAIR_FULL;
	if (caller != NULL && !key->is_favoured &&
	    is_caller_full(queue, caller, item))
		return FAIR_CALLER_FULL;
	if (caller == NULL)
		caller = caller_add(queue, key);
	else if (caller->count == 0)
		caller_return(queue, caller);
	caller->count++;
	caller->bytes += item->bytes;
	queue->count++;
	queue->bytes += item->bytes;
	item->caller = caller;
	item->lane = lane;
	enqueue(queue, item, false);
	return 0;
}

static bool
may_run(const struct fair_queue *queue, const struct fair_caller *caller,
    unsigned int lane)
{
	unsigned int most = queue->limits.running[lane];

	return most == 0 || caller->running[lane] < most;
}

struct fair_item *
fair_queue_take(struct fair_queue *queue, unsigned int lane)
{
	struct fair_caller *caller, *best = NULL;
	struct fair_item *item;

	TAILQ_FOREACH (caller, &queue->turns[lane], turn[lane])
		if (may_run(queue, caller, lane) &&
		    (best == NULL ||
			caller->used_us[lane] < best->used_us[lane]))
			best = caller;
	if (best == NULL)
		return NULL;
	if (best->used_us[lane] > queue->level_us[lane])
		queue->level_us[lane] = best->used_us[lane];
	item = TAILQ_FIRST(&best->waiting[lane]);
	dequeue(queue, item);
	best->running[lane]++;
	return item;
}

void
fair_queue_ran(struct fair_queue *queue, struct fair_item *item, int64_t us)
{
	(void)queue;
	item->caller->running[item->lane]--;
	item->caller->used_us[item->lane] += us;
}

void
fair_queue_move(
    struct fair_queue *queue, struct fair_item *item, unsigned int lane)
{
	item->lane = lane;
	enqueue(queue, item, true);
}

void
fair_queue_release(struct fair_queue *queue, struct fair_item *item)
{
	struct fair_caller *caller = item->caller;

	if (item->is_waiting)
		dequeue(queue, item);
	item->caller = NULL;
	queue->count--;
	queue->bytes -= item->bytes;
	caller->bytes -= item->bytes;
	if (--caller->count == 0)
		caller_leave(queue, caller);
}

size_t
fair_queue_count(const struct fair_queue *queue)
{
	return queue->count;
}

bool
fair_queue_is_empty(const struct fair_queue *queue, unsigned int lane)
{
	return TAILQ_EMPTY(&queue->turns[lane]);
}
