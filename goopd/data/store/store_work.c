#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/array.h"
#include "goopd/data/store/store_internal.h"

int64_t
store_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- requests */

bool
store_parse(struct store_job *job)
{
	const struct bytes text = { job->text, job->text_len };
	char *why = NULL;

	if (job->is_parsed)
		return true;
	if (data_request_parse(text, &job->request, &why) < 0)
		data_answer_fail(&job->answer, BUS_BAD_REQUEST, "%s", why);
	else
		job->is_parsed = true;
	free(why);
	free(job->text);
	job->text = NULL;
	return job->is_parsed;
}

bool
store_is_write(const struct data_request *request)
{
	enum data_kind kind = data_op_kind(request->op);

	return kind == DATA_WRITES || kind == DATA_SHAPES;
}

static bool
is_word_of_write(struct bytes word)
{
	static const struct {
		const char *word;
		enum data_kind kind;
	} words[] = {
#define WORD(name, text, op_kind) { text, op_kind },
		DATA_OPS(WORD)
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (bytes_equal(word, bytes_of(words[i].word)))
			return words[i].kind == DATA_WRITES ||
			       words[i].kind == DATA_SHAPES;
	return false;
}

bool
store_looks_like_write(struct bytes request)
{
	static const char key[] = "\"op\"";
	const uint8_t *at, *end, *quote;

	if (request.len == 0)
		return false;
	if (request.len > STORE_PEEK_MAX)
		request.len = STORE_PEEK_MAX;
	end = request.data + request.len;
	at = memmem(request.data, request.len, key, sizeof(key) - 1);
	if (at == NULL)
		return false;
	at += sizeof(key) - 1;
	while (at < end && (*at == ' ' || *at == ':'))
		at++;
	if (at == end || *at++ != '"')
		return false;
	quote = memchr(at, '"', (size_t)(end - at));
	return quote != NULL &&
	       is_word_of_write((struct bytes){ at, (size_t)(quote - at) });
}

bool
store_may_ask(struct store_job *job)
{
	switch (data_op_kind(job->request.op)) {
	case DATA_SCRIPTS:
		data_answer_fail(
		    &job->answer, BUS_BAD_REQUEST, "lua scripting not enabled");
		return false;
	case DATA_SHAPES:
	case DATA_TENDS:
		if (job->caller.is_owner)
			return true;
		data_answer_fail(&job->answer, BUS_FORBIDDEN,
		    "schema operations not allowed for remote peers");
		return false;
	default:
		return true;
	}
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
	    catalog_read(session->database, &catalog) != SQLITE_OK)
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
		store_notify(store);
	}
	pthread_mutex_unlock(&store->lock);
}

void
store_note_damage(struct store *store, struct session *session)
{
	if (database_is_damage(sqlite3_errcode(session->database->handle)))
		store_tell_damage(
		    store, "the database is damaged; it is left as it is");
}
