#include "goopd/data/store/store_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "goopd/data/ops/operation.h"
#include "proto/field.h"

int64_t
store_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- to the loop */

static void
notify(struct store *store)
{
	static const uint64_t one = 1;

	if (store->is_notified)
		return;
	store->is_notified = true;
	/* It can only fail where the loop is to be woken anyway. */
	if (write(store->wakeup_fd, &one, sizeof(one)) < 0)
		store->is_notified = false;
}

void
store_finish(struct store *store, struct store_job *job)
{
	if (job->item.caller != NULL)
		fair_queue_release(store->queue, &job->item);
	STAILQ_INSERT_TAIL(&store->done, job, link);
	notify(store);
}

/* --- requests */

bool
store_parse(struct store_job *job)
{
	char *why = NULL;

	if (job->is_parsed)
		return true;
	if (data_request_parse(&job->body, &job->request, &why) < 0)
		data_answer_fail(&job->answer, BUS_BAD_REQUEST, "%s", why);
	else if (operation_is_allowed(
		     job->request.op, &job->caller, &job->answer))
		job->is_parsed = true;
	else
		data_request_fini(&job->request);
	free(why);
	text_free((const char *)job->body.json.data);
	job->body.json = (struct bytes){ NULL, 0 };
	return job->is_parsed;
}

/* The word behind "op" near the beginning of a line; empty: not found. */
static struct bytes
peek_op(struct bytes line)
{
	static const char key[] = "\"op\"";
	const struct bytes none = { NULL, 0 };
	const uint8_t *at, *end, *quote;

	if (line.len == 0)
		return none;
	if (line.len > STORE_PEEK_MAX)
		line.len = STORE_PEEK_MAX;
	end = line.data + line.len;
	at = memmem(line.data, line.len, key, sizeof(key) - 1);
	if (at == NULL)
		return none;
	at += sizeof(key) - 1;
	while (at < end && (*at == ' ' || *at == ':'))
		at++;
	if (at == end || *at++ != '"')
		return none;
	quote = memchr(at, '"', (size_t)(end - at));
	return quote == NULL ? none
			     : (struct bytes){ at, (size_t)(quote - at) };
}

bool
store_looks_like_write(const struct data_body *body)
{
	enum data_op op = body->op;

	return (!body->is_line || data_op_find(peek_op(body->json), &op)) &&
	       data_op_changes(op);
}

/* --- the catalog */

struct catalog *
store_hold_catalog(struct store *store)
{
	struct catalog *catalog;

	pthread_mutex_lock(&store->lock);
	while (store->catalog->is_stale)
		pthread_cond_wait(&store->catalog_fresh, &store->lock);
	catalog = store->catalog;
	catalog->references++;
	pthread_mutex_unlock(&store->lock);
	return catalog;
}

bool
store_drop_catalog(struct store *store, struct catalog *catalog)
{
	bool is_last, is_right;

	pthread_mutex_lock(&store->lock);
	is_right = catalog == store->catalog && !catalog->is_stale;
	is_last = --catalog->references == 0;
	pthread_mutex_unlock(&store->lock);
	if (is_last)
		catalog_free(catalog);
	return is_right;
}

void
store_distrust_catalog(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	store->catalog->is_stale = true;
	pthread_mutex_unlock(&store->lock);
}

/* The lock is held. Returns what is to be freed without it, or NULL. */
static struct catalog *
replace_catalog(struct store *store, struct catalog *catalog)
{
	struct catalog *old = store->catalog;

	catalog->generation = old->generation + 1;
	store->catalog = catalog;
	return --old->references == 0 ? old : NULL;
}

void
store_publish_catalog(struct store *store, struct catalog *catalog)
{
	struct catalog *left = NULL;

	pthread_mutex_lock(&store->lock);
	if (catalog != NULL)
		left = replace_catalog(store, catalog);
	else
		store->catalog->is_stale = false;
	pthread_cond_broadcast(&store->catalog_fresh);
	pthread_mutex_unlock(&store->lock);
	catalog_free(left);
}

/* Looked at and replaced at once: the writer may be about to publish what it
 * has just changed. */
bool
store_refresh_catalog(struct store *store, struct session *session)
{
	int64_t version =
	    database_number(session->database, "PRAGMA main.schema_version");
	struct catalog *catalog, *left;
	bool is_known;

	pthread_mutex_lock(&store->lock);
	is_known = store->catalog->is_stale ||
		   store->catalog->schema_version == version;
	pthread_mutex_unlock(&store->lock);
	if (version < 0 || is_known ||
	    catalog_read(session->database, &catalog) < 0)
		return false;
	pthread_mutex_lock(&store->lock);
	is_known = store->catalog->is_stale ||
		   store->catalog->schema_version >= catalog->schema_version;
	left = is_known ? catalog : replace_catalog(store, catalog);
	pthread_mutex_unlock(&store->lock);
	catalog_free(left);
	return true;
}

/* --- damage */

void
store_tell_damage(struct store *store, const char *why)
{
	pthread_mutex_lock(&store->lock);
	if (store->found[0] == '\0') {
		snprintf(store->found, sizeof(store->found), "%s", why);
		notify(store);
	}
	pthread_mutex_unlock(&store->lock);
}

void
store_note_damage(struct store *store, struct session *session)
{
	if (database_error(session->database) == DATABASE_DAMAGED)
		store_tell_damage(
		    store, "the database is damaged; it is left as it is");
}
