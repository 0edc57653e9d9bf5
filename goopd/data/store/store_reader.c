#include "goopd/data/store/store_reader.h"

#include "goopd/data/ops/operation.h"
#include "goopd/data/sql/integrity.h"

/* The answer may be for want of what others have made meanwhile. */
static bool
may_be_outdated(const struct store_job *job)
{
	switch (job->request.op) {
	case DATA_TABLES:
	case DATA_ORM_SCHEMA:
	case DATA_DESCRIBE:
		return true;
	default:
		return job->answer.code == BUS_NOT_FOUND ||
		       job->answer.code == BUS_BAD_REQUEST;
	}
}

/* By a catalog that was right from beginning to end. */
static void
read_job(struct store *store, struct session *session, struct store_job *job)
{
	struct catalog *catalog;
	bool is_right;
	int n;

	for (n = 0; n < STORE_RETRIES; n++) {
		catalog = store_hold_catalog(store);
		session_begin(session, catalog, &job->caller, job->request.op,
		    &job->answer, &job->cancelled);
		operation_run(session, &job->request);
		if (job->answer.code != BUS_OK)
			store_note_damage(store, session);
		session_end(session);
		is_right = store_drop_catalog(store, catalog);
		if (is_right && n == 0 && may_be_outdated(job))
			is_right = !store_refresh_catalog(store, session);
		if (is_right)
			return;
		data_answer_fini(&job->answer);
		data_answer_init(&job->answer);
	}
	data_answer_fail(&job->answer, BUS_BUSY,
	    "the tables of this site are being changed: try again");
}

/* Returns whether the writer has to go on with it. */
static bool
run_job(struct store *store, struct session *session, struct store_job *job)
{
	if (!store_parse(job))
		return false;
	if (data_op_changes(job->request.op))
		return true;
	read_job(store, session, job);
	return false;
}

static void
check_all(struct store_reader *reader)
{
	char why[DATABASE_WHY_MAX];

	reader->session.database->limits.cancelled = &reader->store->stopping;
	if (integrity_check(reader->session.database, why) == INTEGRITY_DAMAGED)
		store_tell_damage(reader->store, why);
	reader->session.database->limits.cancelled = NULL;
	limits_set(&reader->session.database->limits, 0, 0);
}

/* The lock is held, but not while the job is carried out. */
static void
serve(struct store_reader *reader, struct store_job *job)
{
	struct store *store = reader->store;
	int64_t began;
	bool is_write;

	pthread_mutex_unlock(&store->lock);
	began = store_clock_us();
	is_write = run_job(store, &reader->session, job);
	began = store_clock_us() - began;
	pthread_mutex_lock(&store->lock);
	fair_queue_ran(store->queue, &job->item, began);
	if (is_write) {
		fair_queue_move(store->queue, &job->item, LANE_WRITE);
		pthread_cond_signal(&store->write_wanted);
	} else {
		store_finish(store, job);
	}
}

void *
store_reader_main(void *arg)
{
	struct store_reader *reader = arg;
	struct store *store = reader->store;
	struct fair_item *item;

	if (reader->checks)
		check_all(reader);
	pthread_mutex_lock(&store->lock);
	while (!atomic_load(&store->stopping)) {
		item = fair_queue_take(store->queue, LANE_READ);
		if (item != NULL)
			serve(reader, (struct store_job *)item);
		else
			pthread_cond_wait(&store->read_wanted, &store->lock);
	}
	pthread_mutex_unlock(&store->lock);
	return NULL;
}
