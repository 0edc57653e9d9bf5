#include "goopd/data/store/store_writer.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

#include "common/base/monotime.h"
#include "goopd/data/ops/auto_numbers.h"
#include "goopd/data/ops/idempotency.h"
#include "goopd/data/ops/operation.h"
#include "goopd/data/ops/trash.h"

enum { PURGE_RETRY_MS = 60 * 1000, LOGGED_BETWEEN_PURGES = 10 * 1000 };

struct writer {
	struct store *store;
	struct session *session;
	struct database *database;
	struct store_job *carried; /* taken, but for the next transaction */
	struct store_jobs batch;
	size_t batch_count;
	int wal_pages;  /* after the last commit */
	int wal_max;    /* with as many, readers are waited for */
	int64_t due_ms; /* wall clock: when something is to be purged */
	int logged;     /* request ids since the last purge */
};

static int
run(struct writer *writer, const char *sql)
{
	return database_finish(writer->database,
	    database_statement(writer->database, sql, STATEMENT_STAYS));
}

/* --- one request */

static bool
is_given_up(const struct writer *writer)
{
	return sqlite3_get_autocommit(writer->database->handle) != 0;
}

/* A single statement is whole or not at all by itself. */
static bool
needs_savepoint(const struct data_request *request)
{
	return request->request_id != NULL ||
	       (request->op != DATA_INSERT && request->op != DATA_UPDATE);
}

static void
run_op(struct writer *writer, struct store_job *job)
{
	struct session *session = writer->session;
	struct data_answer *answer = &job->answer;

	operation_run(session, &job->request);
	if (answer->code == BUS_OK && job->request.request_id != NULL) {
		idempotency_add(session, job->request.request_id);
		writer->logged++;
	}
}

/* What was remembered of rows may be wrong now. */
static void
forget_rows(struct writer *writer)
{
	auto_numbers_forget(writer->session, NULL);
	writer->session->trash.is_known = false;
}

static void
roll_back_request(struct writer *writer, const struct trash_totals *before)
{
	store_note_damage(writer->store, writer->session);
	run(writer, "ROLLBACK TO goop_request");
	views_forget(&writer->session->views, VIEW_OF_SAVEPOINT);
	auto_numbers_forget(writer->session, NULL);
	writer->session->trash = *before;
}

static void
run_in_savepoint(struct writer *writer, struct store_job *job)
{
	struct data_answer *answer = &job->answer;
	struct trash_totals before = writer->session->trash;

	if (run(writer, "SAVEPOINT goop_request") < 0) {
		session_fail(writer->session);
		return;
	}
	writer->session->views.hold = VIEW_OF_SAVEPOINT;
	run_op(writer, job);
	writer->session->views.hold = VIEW_STAYS;
	/* SQLite gave the transaction up, and the error says why. */
	if (is_given_up(writer))
		return;
	if (answer->code != BUS_OK)
		roll_back_request(writer, &before);
	views_settle(&writer->session->views, VIEW_OF_TRANSACTION);
	if (run(writer, "RELEASE goop_request") < 0 && answer->code == BUS_OK)
		session_fail(writer->session);
}

static bool
was_applied(struct writer *writer, struct store_job *job)
{
	return job->request.request_id != NULL &&
	       idempotency_find(writer->session, job->request.request_id);
}

static void
note_changed(struct store *store, const char *table)
{
	size_t i;

	if (table[0] == '\0')
		return;
	for (i = 0; i < store->changed_count && i < STORE_CHANGED_MAX; i++)
		if (!strcmp(store->changed[i], table))
			return;
	if (i < STORE_CHANGED_MAX)
		memcpy(store->changed[i], table, IDENTIFIER_MAX + 1);
	if (store->changed_count <= STORE_CHANGED_MAX)
		store->changed_count++;
}

/* Within the transaction. Only the writer changes the catalog: no other thread
 * publishes one while it is distrusted. */
static void
run_job(struct writer *writer, struct store_job *job)
{
	struct store *store = writer->store;
	struct catalog *catalog;
	int n;

	for (n = 0; n < 2; n++) {
		catalog = store_hold_catalog(store);
		session_begin(writer->session, catalog, &job->caller,
		    job->request.op, &job->answer, NULL);
		if (was_applied(writer, job))
			;
		else if (needs_savepoint(&job->request))
			run_in_savepoint(writer, job);
		else
			run_op(writer, job);
		pthread_mutex_lock(&store->lock);
		if (job->answer.code == BUS_OK)
			note_changed(store, writer->session->changed);
		pthread_mutex_unlock(&store->lock);
		session_end(writer->session);
		store_drop_catalog(store, catalog);
		if (n > 0 || job->answer.code != BUS_NOT_FOUND ||
		    !store_refresh_catalog(store, writer->session))
			break;
		data_answer_fini(&job->answer);
		data_answer_init(&job->answer);
	}
}

/* --- which requests */

/* The lock is held. One that only looks is a reader's after all. */
static struct store_job *
take_write(struct writer *writer)
{
	struct store *store = writer->store;
	struct fair_item *item = fair_queue_take(store->queue, LANE_WRITE);
	struct store_job *job = (struct store_job *)item;
	int64_t began;

	if (job == NULL || job->is_parsed)
		return job;
	pthread_mutex_unlock(&store->lock);
	began = store_clock_us();
	store_parse(job);
	began = store_clock_us() - began;
	pthread_mutex_lock(&store->lock);
	if (!job->is_parsed || data_op_changes(job->request.op))
		return job;
	fair_queue_ran(store->queue, item, began);
	fair_queue_move(store->queue, item, LANE_READ);
	pthread_cond_signal(&store->read_wanted);
	return take_write(writer);
}

static bool
changes_tables(const struct store_job *job)
{
	return job->is_parsed &&
	       data_ops[job->request.op].kind == DATA_KIND_SCHEMA;
}

/* The next one, if it may come into the present transaction. */
static struct store_job *
take_next(struct writer *writer, int64_t began)
{
	struct store *store = writer->store;
	struct store_job *job;

	if (writer->batch_count >= STORE_BATCH_MAX ||
	    store_clock_us() - began >= STORE_BATCH_US)
		return NULL;
	pthread_mutex_lock(&store->lock);
	job = take_write(writer);
	pthread_mutex_unlock(&store->lock);
	if (job == NULL || !changes_tables(job))
		return job;
	writer->carried = job;
	return NULL;
}

static void
add_to_batch(struct writer *writer, struct store_job *job, int64_t took_us)
{
	struct store *store = writer->store;

	pthread_mutex_lock(&store->lock);
	fair_queue_ran(store->queue, &job->item, took_us);
	pthread_mutex_unlock(&store->lock);
	STAILQ_INSERT_TAIL(&writer->batch, job, link);
	writer->batch_count++;
}

/* --- a transaction */

/* It was fine by itself: its caller does not hear what another request did
 * wrong. */
static void
fail_with_others(struct writer *writer, struct store_job *job)
{
	session_explain(writer->session, &job->answer);
	if (job->answer.code == BUS_BAD_REQUEST)
		data_answer_fail(&job->answer, BUS_BUSY,
		    "it was undone together with another change: try again");
}

static void
fail_batch(struct writer *writer)
{
	struct store_job *job;

	store_note_damage(writer->store, writer->session);
	STAILQ_FOREACH(job, &writer->batch, link)
	if (job->answer.code == BUS_OK)
		fail_with_others(writer, job);
	if (!is_given_up(writer))
		database_run(writer->database, "ROLLBACK");
	views_forget(&writer->session->views, VIEW_OF_TRANSACTION);
	forget_rows(writer);
}

static void
answer_batch(struct writer *writer)
{
	struct store *store = writer->store;
	struct store_job *job;

	pthread_mutex_lock(&store->lock);
	while ((job = STAILQ_FIRST(&writer->batch)) != NULL) {
		STAILQ_REMOVE_HEAD(&writer->batch, link);
		store_finish(store, job);
	}
	pthread_mutex_unlock(&store->lock);
	writer->batch_count = 0;
}

/* Those that may be in one transaction, the first of which is given. False if
 * SQLite gave the transaction up. */
static bool
run_batch(struct writer *writer, struct store_job *job)
{
	int64_t began, before, now;
	bool is_whole = true;

	trash_learn(writer->session);
	began = before = store_clock_us();
	for (; job != NULL; job = take_next(writer, began)) {
		if (job->is_parsed)
			run_job(writer, job);
		now = store_clock_us();
		add_to_batch(writer, job, now - before);
		before = now;
		is_whole = !is_given_up(writer);
		if (!is_whole || changes_tables(job))
			break;
	}
	return is_whole;
}

static void
commit_tables(struct writer *writer, const struct store_job *job)
{
	struct catalog *catalog = NULL;

	store_distrust_catalog(writer->store);
	if (run(writer, "COMMIT") < 0)
		fail_batch(writer);
	else if (job->answer.code == BUS_OK)
		catalog_read(writer->database, &catalog);
	store_publish_catalog(writer->store, catalog);
	forget_rows(writer);
}

static void
transact(struct writer *writer, struct store_job *first)
{
	bool has_tables = changes_tables(first);
	int64_t now_ms = walltime_ms();

	if (has_tables)
		views_drop(&writer->session->views, writer->database);
	if (run(writer, "BEGIN IMMEDIATE") < 0) {
		add_to_batch(writer, first, 0);
		fail_batch(writer);
	} else if (!run_batch(writer, first)) {
		fail_batch(writer);
	} else if (has_tables) {
		commit_tables(writer, first);
	} else if (run(writer, "COMMIT") < 0) {
		fail_batch(writer);
	}
	views_settle(&writer->session->views, VIEW_STAYS);
	answer_batch(writer);
	if (writer->due_ms > now_ms + TRASH_KEPT_MS)
		writer->due_ms = now_ms + TRASH_KEPT_MS;
	if (writer->due_ms > now_ms + IDEMPOTENCY_KEPT_MS)
		writer->due_ms = now_ms + IDEMPOTENCY_KEPT_MS;
	if (writer->logged >= LOGGED_BETWEEN_PURGES)
		writer->due_ms = 0;
}

/* --- what is to be done now and then */

static int
on_wal(void *arg, sqlite3 *handle, const char *name, int pages)
{
	struct writer *writer = arg;

	(void)handle;
	(void)name;
	writer->wal_pages = pages;
	return 0;
}

/* Move what is in the WAL into the database, without waiting for readers unless
 * the WAL is too long. If a reader does not end then, the next such wait comes
 * when the WAL has doubled. */
static void
checkpoint(struct writer *writer)
{
	bool waits = writer->wal_pages >= writer->wal_max;
	int rc;

	if (writer->wal_pages < STORE_CHECKPOINT_PAGES)
		return;
	rc = database_checkpoint(writer->database, waits);
	if (writer->wal_pages < STORE_WAL_PAGES_MAX)
		writer->wal_max = STORE_WAL_PAGES_MAX;
	else if (waits && rc == -EBUSY && writer->wal_pages <= INT_MAX / 2)
		writer->wal_max = writer->wal_pages * 2;
	writer->wal_pages = 0;
	store_note_damage(writer->store, writer->session);
}

/* 0 or -EIO. *ret_due: when there is more to purge. */
static int
purge_old(struct writer *writer, int64_t now, int64_t *ret_due)
{
	int64_t trash_due = 0, log_due = 0;
	int rc = run(writer, "BEGIN IMMEDIATE");

	if (rc == 0)
		rc = trash_purge(writer->session, now, &trash_due);
	if (rc == 0)
		rc = idempotency_purge(writer->database, now, &log_due);
	if (rc == 0)
		rc = run(writer, "COMMIT");
	*ret_due = trash_due < log_due ? trash_due : log_due;
	if (!is_given_up(writer))
		database_run(writer->database, "ROLLBACK");
	return rc;
}

/* A table that goes may be one that others still refer to. */
static void
purge(struct writer *writer)
{
	int64_t now = walltime_ms(), due;

	database_run(writer->database, "PRAGMA foreign_keys = OFF");
	if (purge_old(writer, now, &due) == 0) {
		writer->due_ms = due;
		writer->logged = 0;
	} else {
		forget_rows(writer);
		writer->due_ms = now + PURGE_RETRY_MS;
	}
	database_run(writer->database, "PRAGMA foreign_keys = ON");
}

/* The lock is held. Without anything to purge, there is no end to it. */
static void
rest(struct writer *writer)
{
	struct store *store = writer->store;
	struct timespec due;

	if (writer->due_ms == INT64_MAX) {
		pthread_cond_wait(&store->write_wanted, &store->lock);
		return;
	}
	due.tv_sec = writer->due_ms / 1000;
	due.tv_nsec = writer->due_ms % 1000 * 1000000;
	pthread_cond_timedwait(&store->write_wanted, &store->lock, &due);
}

static struct store_job *
take_first(struct writer *writer)
{
	struct store_job *job = writer->carried;

	writer->carried = NULL;
	return job != NULL ? job : take_write(writer);
}

void *
store_writer_main(void *arg)
{
	struct store *store = arg;
	struct writer writer = {
		.store = store,
		.session = &store->writer,
		.database = store->writer.database,
		.wal_max = STORE_WAL_PAGES_MAX,
	};
	struct store_job *job;

	STAILQ_INIT(&writer.batch);
	sqlite3_wal_hook(writer.database->handle, on_wal, &writer);
	pthread_mutex_lock(&store->lock);
	while (!atomic_load(&store->stopping)) {
		job = take_first(&writer);
		if (job == NULL && walltime_ms() < writer.due_ms) {
			rest(&writer);
			continue;
		}
		pthread_mutex_unlock(&store->lock);
		if (job != NULL)
			transact(&writer, job);
		else
			purge(&writer);
		checkpoint(&writer);
		pthread_mutex_lock(&store->lock);
	}
	if (writer.carried != NULL) /* given up: as if it had not begun */
		fair_queue_ran(store->queue, &writer.carried->item, 0);
	pthread_mutex_unlock(&store->lock);
	sqlite3_wal_hook(writer.database->handle, NULL, NULL);
	return NULL;
}
