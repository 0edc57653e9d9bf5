#include "goopd/data/store/store.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goopd/data/ops/auto_numbers.h"
#include "goopd/data/ops/schema_install.h"
#include "goopd/data/sql/integrity.h"
#include "goopd/data/sql/migration.h"
#include "goopd/data/store/store_reader.h"
#include "goopd/data/store/store_writer.h"
#include "proto/field.h"

COUNTER(data_requests, "requests to the own database");
COUNTER(data_requests_refused, "of these, too many at once");
COUNTER(data_requests_failed, "of these, refused or failed");

/* --- to the loop */

static void
job_free(struct store_job *job)
{
	text_free((const char *)job->body.json.data);
	if (job->is_parsed)
		data_request_fini(&job->request);
	data_answer_fini(&job->answer);
	free(job);
}

/* What the threads have for the loop, taken in one go. */
struct news {
	struct store_jobs done;
	char changed[STORE_CHANGED_MAX][IDENTIFIER_MAX + 1];
	size_t changed_count;
	bool has_trouble;
};

static void
take_news(struct store *store, struct news *news)
{
	STAILQ_INIT(&news->done);
	pthread_mutex_lock(&store->lock);
	store->is_notified = false;
	STAILQ_CONCAT(&news->done, &store->done);
	news->changed_count = store->changed_count;
	memcpy(news->changed, store->changed, sizeof(news->changed));
	store->changed_count = 0;
	news->has_trouble =
	    store->found[0] != '\0' && store->trouble[0] == '\0';
	if (news->has_trouble)
		memcpy(store->trouble, store->found, sizeof(store->trouble));
	pthread_mutex_unlock(&store->lock);
}

static void
tell_changes(struct store *store, const struct news *news)
{
	size_t i;

	if (store->listener == NULL || store->listener->on_changed == NULL)
		return;
	if (news->changed_count > STORE_CHANGED_MAX) {
		store->listener->on_changed("", store->listener_arg);
		return;
	}
	for (i = 0; i < news->changed_count; i++)
		store->listener->on_changed(
		    news->changed[i], store->listener_arg);
}

static void
tell_answer(struct store *store, struct store_job *job)
{
	HASH_DEL(store->jobs, job);
	if (job->answer.code != BUS_OK)
		counter_add(&data_requests_failed, 1);
	if (job->done != NULL)
		job->done(&job->answer, job->arg);
	job_free(job);
}

static void
on_wakeup(evutil_socket_t fd, short what, void *arg)
{
	struct store *store = arg;
	struct store_job *job;
	struct news news;
	uint64_t count;

	(void)what;
	while (read(fd, &count, sizeof(count)) > 0)
		;
	take_news(store, &news);
	tell_changes(store, &news);
	while ((job = STAILQ_FIRST(&news.done)) != NULL) {
		STAILQ_REMOVE_HEAD(&news.done, link);
		tell_answer(store, job);
	}
	if (!news.has_trouble)
		return;
	log_error("database trouble: %s", store->trouble);
	if (store->listener != NULL && store->listener->on_trouble != NULL)
		store->listener->on_trouble(store->listener_arg);
}

/* --- asking */

static void
key_of(const struct data_caller *caller, struct fair_key *key)
{
	*key = (struct fair_key){ .is_favoured = caller->is_owner };
	memcpy(key->bytes, &caller->peer, sizeof(caller->peer));
}
_Static_assert(
    sizeof(struct peer_id) <= FAIR_KEY_SIZE, "a peer's id must fit the key");

/* The lock is held. False with a refusal. */
static bool
enqueue(struct store *store, struct store_job *job)
{
	bool is_write = store_looks_like_write(&job->body);
	struct fair_key key;

	if (store->trouble[0] != '\0') {
		data_answer_fail(
		    &job->answer, BUS_INTERNAL, "%s", store->trouble);
		return false;
	}
	key_of(&job->caller, &key);
	job->item.bytes = job->body.json.len;
	switch (fair_queue_put(store->queue, &key,
	    is_write ? LANE_WRITE : LANE_READ, &job->item)) {
	case 0:
		pthread_cond_signal(
		    is_write ? &store->write_wanted : &store->read_wanted);
		return true;
	case FAIR_CALLER_FULL:
		data_answer_fail(
		    &job->answer, BUS_RATE_LIMITED, "rate limit exceeded");
		break;
	default:
		data_answer_fail(&job->answer, BUS_BUSY,
		    "the database has too much to do: try again");
	}
	counter_add(&data_requests_refused, 1);
	return false;
}

static void
copy_body(struct store_job *job, const struct data_body *body)
{
	job->body = *body;
	job->body.json.data = NULL;
	if (body->json.len > 0)
		job->body.json.data = xmemdup(body->json.data, body->json.len);
	if (body->request_id != NULL) {
		snprintf(job->request_id, sizeof(job->request_id), "%s",
		    body->request_id);
		job->body.request_id = job->request_id;
	}
}

uint64_t
store_ask(struct store *store, const struct data_caller *caller,
    const struct data_body *body, data_done_fn *done, void *arg)
{
	struct store_job *job = xzalloc(sizeof(*job));

	counter_add(&data_requests, 1);
	job->store = store;
	job->caller = *caller;
	job->done = done;
	job->arg = arg;
	data_answer_init(&job->answer);
	job->number = ++store->last_number;
	HASH_ADD(hh, store->jobs, number, sizeof(job->number), job);
	if (body->json.len > DATA_REQUEST_MAX)
		data_answer_fail(&job->answer, BUS_TOO_LARGE,
		    "the request is longer than 1 MiB");
	else
		copy_body(job, body);
	pthread_mutex_lock(&store->lock);
	if (job->answer.code != BUS_OK || !enqueue(store, job))
		store_finish(store, job);
	pthread_mutex_unlock(&store->lock);
	return job->number;
}

void
store_cancel(struct store *store, uint64_t number)
{
	struct store_job *job;
	bool is_waiting;

	HASH_FIND(hh, store->jobs, &number, sizeof(number), job);
	if (job == NULL)
		return;
	job->done = NULL;
	atomic_store(&job->cancelled, true);
	pthread_mutex_lock(&store->lock);
	is_waiting = job->item.caller != NULL && job->item.is_waiting;
	if (is_waiting)
		fair_queue_release(store->queue, &job->item);
	pthread_mutex_unlock(&store->lock);
	if (is_waiting) {
		HASH_DEL(store->jobs, job);
		job_free(job);
	}
}

/* --- opening */

/* Sound and of a version we know, before anything of it is changed. */
static int
prepare(
    struct store *store, struct database *database, char why[DATABASE_WHY_MAX])
{
	bool is_small = integrity_is_small(database);
	int rc;

	if (database_number(database, "PRAGMA user_version") >
	    MIGRATION_VERSION)
		return migration_run(database, why); /* which refuses it */
	if (is_small && integrity_check(database, why) == INTEGRITY_DAMAGED)
		return -EIO;
	store->readers[STORE_READERS - 1].checks = !is_small;
	if (database_begin_writing(database, why) < 0)
		return -EIO;
	rc = migration_run(database, why);
	if (rc != 0)
		return rc;
	if (catalog_read(database, &store->catalog) == 0)
		return 0;
	snprintf(why, DATABASE_WHY_MAX, "the database cannot be read: %s",
	    sqlite3_errmsg(database->handle));
	return -EIO;
}

static int
open_writer(struct store *store, const char *path, char why[DATABASE_WHY_MAX])
{
	struct database *database;

	if (database_open(path, DATABASE_WRITES, &database, why) < 0)
		return -EIO;
	if (prepare(store, database, why) != 0) {
		database_close(database);
		return -EIO;
	}
	session_init(&store->writer, database, &store->self);
	return 0;
}

static int
open_readers(struct store *store, const char *path, char why[DATABASE_WHY_MAX])
{
	struct database *database;
	size_t i;

	for (i = 0; i < STORE_READERS; i++) {
		if (database_open(path, DATABASE_READS, &database, why) < 0)
			return -EIO;
		store->readers[i].store = store;
		session_init(
		    &store->readers[i].session, database, &store->self);
	}
	return 0;
}

/* A table that cannot be made is logged; only pages miss it. */
static int
install_schemas(struct store *store, int dirfd, char why[DATABASE_WHY_MAX])
{
	struct database *database = store->writer.database;
	struct catalog *catalog;
	size_t made;

	if (schema_install_all(&store->writer, store->catalog, dirfd, &made) <
		0 ||
	    made == 0)
		return 0;
	if (catalog_read(database, &catalog) < 0) {
		snprintf(why, DATABASE_WHY_MAX,
		    "the database cannot be read: %s",
		    sqlite3_errmsg(database->handle));
		return -EIO;
	}
	catalog_free(store->catalog);
	store->catalog = catalog;
	return 0;
}

/* The writer last: it moves what is in the WAL into the database. */
static void
close_databases(struct store *store)
{
	size_t i;

	for (i = 0; i < STORE_READERS; i++)
		session_fini(&store->readers[i].session);
	auto_numbers_forget(&store->writer, NULL);
	session_fini(&store->writer);
	catalog_free(store->catalog);
	store->catalog = NULL;
}

/* All connections, the database checked, migrated and read. 0, or -EIO with
 * why, and nothing is open. */
static int
setup(struct store *store, int dirfd, char why[DATABASE_WHY_MAX])
{
	char path[DATABASE_PATH_MAX];

	if (database_make_file(dirfd, STORE_FILE, path, why) == 0 &&
	    open_writer(store, path, why) == 0 &&
	    install_schemas(store, dirfd, why) == 0 &&
	    open_readers(store, path, why) == 0)
		return 0;
	close_databases(store);
	return -EIO;
}

/* --- the store */

const char *
store_trouble(const struct store *store)
{
	return store->trouble[0] == '\0' ? NULL : store->trouble;
}

int
store_open(int dirfd, const struct peer_id *self, struct store **ret)
{
	static const struct fair_limits limits = {
		.all = STORE_WAITING_MAX,
		.caller = STORE_WAITING_PER_CALLER,
		.favoured = STORE_WAITING_OWNER,
		.bytes = STORE_WAITING_BYTES,
		.caller_bytes = STORE_WAITING_BYTES_PER_CALLER,
		.running = { [LANE_READ] = 1 },
	};
	struct store *store = xzalloc(sizeof(*store));

	store->self = *self;
	store->wakeup_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (store->wakeup_fd == -1) {
		int rc = -errno;

		free(store);
		return rc;
	}
	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->read_wanted, NULL);
	pthread_cond_init(&store->write_wanted, NULL);
	pthread_cond_init(&store->catalog_fresh, NULL);
	STAILQ_INIT(&store->done);
	store->queue = fair_queue_new(&limits);
	if (setup(store, dirfd, store->trouble) < 0)
		log_error("database trouble: %s", store->trouble);
	*ret = store;
	return 0;
}

void
store_limit_visitors(struct store *store, int64_t max_bytes)
{
	store->writer.visitors_max_bytes = max_bytes;
}

/* Signals are the loop's: threads do not hear them. */
static int
start_thread(
    struct store *store, pthread_t *thread, void *(*main)(void *), void *arg)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_attr_init(&attributes);
#ifndef GOOP_SANITIZED /* whose frames are larger */
	pthread_attr_setstacksize(&attributes, STORE_STACK_SIZE);
#endif
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(thread, &attributes, main, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (rc == 0)
		store->threads++;
	return -rc;
}

static int
start_threads(struct store *store)
{
	struct store_reader *reader;
	size_t i;
	int rc;

	rc = start_thread(
	    store, &store->writer_thread, store_writer_main, store);
	for (i = 0; i < STORE_READERS && rc == 0; i++) {
		reader = &store->readers[i];
		rc = start_thread(
		    store, &reader->thread, store_reader_main, reader);
	}
	return rc;
}

int
store_start(struct store *store, struct event_base *base,
    const struct store_listener *listener, void *arg)
{
	store->listener = listener;
	store->listener_arg = arg;
	store->wakeup = event_new(
	    base, store->wakeup_fd, EV_READ | EV_PERSIST, on_wakeup, store);
	if (store->wakeup == NULL || event_add(store->wakeup, NULL) == -1)
		return -ENOMEM;
	return store->trouble[0] == '\0' ? start_threads(store) : 0;
}

static void
stop_threads(struct store *store)
{
	size_t i;

	pthread_mutex_lock(&store->lock);
	atomic_store(&store->stopping, true);
	pthread_cond_broadcast(&store->read_wanted);
	pthread_cond_broadcast(&store->write_wanted);
	pthread_mutex_unlock(&store->lock);
	if (store->threads > 0)
		pthread_join(store->writer_thread, NULL);
	for (i = 0; i + 1 < store->threads; i++)
		pthread_join(store->readers[i].thread, NULL);
}

void
store_free(struct store *store)
{
	struct store_job *job, *next;

	if (store == NULL)
		return;
	HASH_ITER (hh, store->jobs, job, next)
		atomic_store(&job->cancelled, true);
	stop_threads(store);
	HASH_ITER (hh, store->jobs, job, next) {
		HASH_DEL(store->jobs, job);
		job_free(job);
	}
	if (store->wakeup != NULL)
		event_free(store->wakeup);
	fair_queue_free(store->queue);
	close_databases(store);
	pthread_cond_destroy(&store->catalog_fresh);
	pthread_cond_destroy(&store->write_wanted);
	pthread_cond_destroy(&store->read_wanted);
	pthread_mutex_destroy(&store->lock);
	close(store->wakeup_fd);
	free(store);
}
