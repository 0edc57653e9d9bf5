/*
 * store: the peer's database, data.db. Requests are carried out on threads of
 * its own, so that a slow one never holds up the network: readers, each with a
 * connection that cannot write, and one writer that commits what has gathered
 * together (one fsync for all of it). Answers come back on the event loop.
 *
 * An acknowledged write is on the disk: WAL with synchronous=FULL. What was not
 * acknowledged happened whole or not at all. A write with a request id that was
 * applied before is not applied again: it gets the first answer.
 *
 * All connections are opened, and the database is migrated and checked, before
 * the sandbox; behind it the store opens no file.
 */
#ifndef GOOPD_DATA_STORE_STORE_H
#define GOOPD_DATA_STORE_STORE_H

#include <event2/event.h>

#include "goopd/data/request/data_answer.h"
#include "goopd/data/request/data_request.h"

#define STORE_FILE "data.db"

enum {
	STORE_WAITING_MAX = 4096,      /* requests not answered yet, in all */
	STORE_WAITING_PER_CALLER = 64, /* of one remote caller */
	/* bytes of requests that wait, in all and of one remote caller */
	STORE_WAITING_BYTES = 32 * 1024 * 1024,
	STORE_WAITING_BYTES_PER_CALLER = 4 * 1024 * 1024,
};

struct store;

/*
 * Open DIR/data.db, made 0600 if missing, and read what tables there are. When
 * it cannot be used (damaged, not a database, made by a newer version, no room)
 * the store exists all the same and answers each request with that sentence,
 * and the file is left as it is. -errno only if that is impossible.
 */
int store_open(int dirfd, const struct peer_id *self, struct store **ret);

/* Before it is started: when the database is as large as that, visitors may no
 * longer add or change rows. 0: no limit. */
void store_limit_visitors(struct store *, int64_t max_bytes);

/* NULL, or why the database cannot be used: a sentence. */
const char *store_trouble(const struct store *);

struct store_listener {
	/* Rows or shape of a table changed (several changes may come as one);
	 * table "" means: any. On the event loop. */
	void (*on_changed)(const char *table, void *arg);
	/* Damage was found while running: see store_trouble(). */
	void (*on_trouble)(void *arg);
};

/* Start the threads. 0 or -errno. */
int store_start(struct store *, struct event_base *,
    const struct store_listener *, void *arg);

/* Let what is under way end (bounded by the time limits), fail the rest, close.
 * No callbacks any more. NULL is fine. */
void store_free(struct store *);

/*
 * Ask; the body is copied. done comes exactly once, on the event loop,
 * never from inside this call, unless it is cancelled first. Returns a number
 * for store_cancel (never 0).
 */
uint64_t store_ask(struct store *, const struct data_caller *,
    const struct data_body *, data_done_fn *done, void *arg);

/* The caller has left: a request not yet begun is dropped, one under way ends
 * without a call. */
void store_cancel(struct store *, uint64_t);

#endif
