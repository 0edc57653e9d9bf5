/*
 * store_work: the store's state, and what its threads have in common. The event
 * loop (store.c) asks and hears; readers and the writer work. What several of
 * them touch is under the lock.
 */
#ifndef GOOPD_DATA_STORE_STORE_WORK_H
#define GOOPD_DATA_STORE_STORE_WORK_H

#include <pthread.h>
#include <sys/queue.h>

#include "common/base/hash.h"
#include "goopd/data/schema/catalog.h"
#include "goopd/data/request/data_request.h"
#include "goopd/data/store/fair_queue.h"
#include "goopd/data/ops/session.h"

enum { LANE_READ, LANE_WRITE };

enum {
	STORE_READERS = 2,
	STORE_WAITING_OWNER = 256, /* more of them, for the own viewer */
	STORE_CHANGED_MAX = 16,    /* tables reported in one go */
	STORE_RETRIES = 3,         /* of a read while tables change under it */
	STORE_PEEK_MAX = 256, /* bytes in which a request's op is looked for */
	STORE_STACK_SIZE = 512 * 1024,
	STORE_BATCH_MAX = 256, /* requests in one transaction */
	STORE_BATCH_US = 10 * 1000,
	STORE_CHECKPOINT_PAGES = 1000,
	/* So long a WAL is begun anew, even if readers have to be waited for.
	 */
	STORE_WAL_PAGES_MAX = 16 * 1000,
};

struct store_job {
	struct fair_item item; /* first: a job is what the queue gives */
	struct store *store;
	uint64_t number;
	struct data_caller caller;
	struct data_body body; /* until it is parsed */
	char request_id[DATA_REQUEST_ID_MAX + 1];
	struct data_request request;
	bool is_parsed;
	struct data_answer answer;
	atomic_bool cancelled; /* no caller waits: a read may end at once */
	data_done_fn *done;    /* the loop's; NULL: no caller waits */
	void *arg;
	STAILQ_ENTRY(store_job) link; /* of a batch, or those done */
	UT_hash_handle hh;            /* the loop's, by number */
};
STAILQ_HEAD(store_jobs, store_job);

struct store_reader {
	struct store *store;
	struct session session;
	pthread_t thread;
	bool checks; /* looks through the whole database first */
};

struct store {
	struct peer_id self;
	struct session writer; /* the writer's thread, once it runs */
	struct store_reader readers[STORE_READERS];
	pthread_t writer_thread;
	size_t threads; /* that run */
	atomic_bool stopping;

	pthread_mutex_t lock;
	pthread_cond_t read_wanted, write_wanted, catalog_fresh;
	struct fair_queue *queue;
	struct catalog *catalog;
	struct store_jobs done; /* for the loop */
	char changed[STORE_CHANGED_MAX][IDENTIFIER_MAX + 1];
	size_t changed_count;         /* over STORE_CHANGED_MAX: any */
	char found[DATABASE_WHY_MAX]; /* damage, found by a thread */
	bool is_notified;             /* the loop will look */

	/* the loop's */
	char trouble[DATABASE_WHY_MAX];
	int wakeup_fd;
	struct event *wakeup;
	const struct store_listener *listener;
	void *listener_arg;
	struct store_job *jobs; /* not yet answered, by number */
	uint64_t last_number;
};

/* The job is done: its answer goes to the event loop. The lock is held. */
void store_finish(struct store *, struct store_job *);

/* Read the request, if that was not done yet, and see whether the caller may
 * ask for it; false with a refusal. */
bool store_parse(struct store_job *);
/* Does it change something? A guess where it is not parsed yet. */
bool store_looks_like_write(const struct data_body *);

/* A reference to the catalog, which is waited for while it changes. */
struct catalog *store_hold_catalog(struct store *);
/* Give it back. Was it right all the time? */
bool store_drop_catalog(struct store *, struct catalog *);
/* Others may have changed the tables: read them again if so. */
bool store_refresh_catalog(struct store *, struct session *);
/* From now on the catalog is this one, which is taken. NULL: it stays. */
void store_publish_catalog(struct store *, struct catalog *);
/* It is about to be wrong: no request may begin with it. */
void store_distrust_catalog(struct store *);

/* If the connection's last error is damage, tell the loop. */
void store_note_damage(struct store *, struct session *);
void store_tell_damage(struct store *, const char *why);

/* Work time of a thread, for the fair queue. */
int64_t store_clock_us(void);

#endif
