/*
 * fair_queue: which request is next. Requests wait in lanes (one for each kind
 * of worker); a lane gives the oldest request of the caller that has used the
 * least of the lane's time. So heavy requests of one caller delay its own, and
 * those of others for no longer than one of them lasts.
 *
 * Time used in the past counts only as far as it exceeds what the others have
 * had by now: a caller that returns after a while begins level with them.
 *
 * Bookkeeping only: it has no lock, no clock and no thread. Items are embedded
 * in what belongs to the user of the queue.
 */
#ifndef GOOPD_DATA_STORE_FAIR_QUEUE_H
#define GOOPD_DATA_STORE_FAIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

enum {
	FAIR_LANES = 2,
	FAIR_KEY_SIZE = 48,
	FAIR_DEBT_MAX_US = 10 * 1000 * 1000, /* held against a caller */
	FAIR_ABSENT_MAX =
	    256, /* callers without a request that are remembered */
};
enum { FAIR_FULL = 1, FAIR_CALLER_FULL = 2 };

struct fair_caller;

struct fair_item {
	TAILQ_ENTRY(fair_item) entry;
	struct fair_caller *caller; /* NULL: in no queue */
	unsigned int lane;
	bool is_waiting;
	size_t bytes; /* of memory that it holds: set before it is put */
};

struct fair_limits {
	size_t all;          /* requests put and not yet released */
	size_t caller;       /* those of one caller */
	size_t favoured;     /* more of them, for favoured callers */
	size_t bytes;        /* held by all; as many more by the favoured */
	size_t caller_bytes; /* held by one caller; 0 for both: no limit */
	unsigned int running[FAIR_LANES]; /* of one caller at once; 0: any */
};

/* A caller: FAIR_KEY_SIZE bytes that differ from those of others. */
struct fair_key {
	uint8_t bytes[FAIR_KEY_SIZE];
	bool is_favoured; /* bounded by the queue alone */
};

struct fair_queue *fair_queue_new(const struct fair_limits *);
void fair_queue_free(struct fair_queue *); /* items are the caller's; NULL: fine
					    */

/* Let item wait in lane: 0, FAIR_FULL or FAIR_CALLER_FULL. */
int fair_queue_put(struct fair_queue *, const struct fair_key *,
    unsigned int lane, struct fair_item *);

/* The next one, which runs from now on; NULL if none may. */
struct fair_item *fair_queue_take(struct fair_queue *, unsigned int lane);

/* A running item has used so much of its lane's time and runs no longer. */
void fair_queue_ran(struct fair_queue *, struct fair_item *, int64_t us);

/* One that ran waits again, first of its caller's, in another lane. */
void fair_queue_move(
    struct fair_queue *, struct fair_item *, unsigned int lane);

/* It is answered or given up, waiting or after it ran: it counts no more. */
void fair_queue_release(struct fair_queue *, struct fair_item *);

size_t fair_queue_count(const struct fair_queue *); /* not yet released */
bool fair_queue_is_empty(const struct fair_queue *, unsigned int lane);

#endif
