#include "goop-rendezvousd/roster/roster_store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/roster/roster_file.h"
#include "goop-rendezvousd/roster/roster_restore.h"

COUNTER(roster_saves_failed, "times the roster could not be saved");

struct roster_store {
	struct roster_file file;
	uint64_t saved; /* the version on disk */
	uint64_t next;  /* where the next run starts if this one is killed */
	int64_t saved_ms;
	bool is_whole; /* else everything is written anew */
	bool is_failing;
	bool is_closing;
};

/* --- state: numbers by name */

static int
put_state(struct roster_store *store, const char *key, uint64_t value)
{
	sqlite3_stmt *statement =
	    roster_file_get(&store->file, ROSTER_PUT_STATE);

	sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, (int64_t)value);
	return roster_file_run(&store->file, ROSTER_PUT_STATE);
}

/* 0 if it is not there. */
static uint64_t
get_state(struct roster_store *store, const char *key)
{
	sqlite3_stmt *statement =
	    roster_file_get(&store->file, ROSTER_GET_STATE);
	uint64_t value = 0;

	sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		value = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return value;
}

/* --- loading */

/*
 * Versions that a killed run gave out after the saved one are unsure. Of two
 * such runs in a row only the later one's are kept apart; cursors of the older
 * one are below the floor.
 */
static struct roster_past
read_past(struct roster_store *store)
{
	struct roster_past past = { 0 };
	uint64_t was_unsure = get_state(store, "unsure_end");

	past.epoch = (uint32_t)get_state(store, "epoch");
	past.unsure = get_state(store, "version");
	past.version = past.unsure_end = get_state(store, "next");
	past.floor = get_state(store, "floor");
	if (past.floor < was_unsure)
		past.floor = was_unsure;
	if (past.unsure == past.unsure_end)
		past.unsure = past.unsure_end = 0;
	else
		past.version++; /* what this run gives out is sure */
	return past;
}

static void
row_of(sqlite3_stmt *statement, struct roster_restored *ret)
{
	const char *peer_id = (const char *)sqlite3_column_text(statement, 0);

	*ret = (struct roster_restored){
		.peer_id = peer_id == NULL ? "" : peer_id,
		.version = (uint64_t)sqlite3_column_int64(statement, 1),
		.proven_ts_ms = sqlite3_column_int64(statement, 2),
		.first_seen_ms = sqlite3_column_int64(statement, 3),
		.bytes_sent = (uint64_t)sqlite3_column_int64(statement, 4),
		.is_online = sqlite3_column_int(statement, 5) != 0,
		.is_proven = sqlite3_column_int(statement, 6) != 0,
		.text = { sqlite3_column_text(statement, 7),
		    (size_t)sqlite3_column_bytes(statement, 7) },
	};
}

/* All rows; those without room, or all after a long stop, become departures. */
static int
load_rows(struct roster_store *store, struct roster *roster, bool are_old,
    struct monotime now, int64_t clock_ms)
{
	sqlite3_stmt *statement =
	    roster_file_get(&store->file, ROSTER_GET_ROWS);
	struct roster_restored row;
	int rc, restored;

	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		row_of(statement, &row);
		restored =
		    are_old ? -ENOSPC : roster_restore_row(roster, &row, now);
		if (restored == -ENOSPC)
			restored = roster_restore_gone(roster, &row, clock_ms);
		if (restored < 0)
			store->is_whole = false;
	}
	sqlite3_reset(statement);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
load_lefts(struct roster_store *store, struct roster *roster)
{
	sqlite3_stmt *statement =
	    roster_file_get(&store->file, ROSTER_GET_LEFTS);
	struct roster_change left;
	const char *peer_id;
	int rc;

	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		peer_id = (const char *)sqlite3_column_text(statement, 0);
		left = (struct roster_change){
			.peer_id = peer_id == NULL ? "" : peer_id,
			.version = (uint64_t)sqlite3_column_int64(statement, 1),
			.ts_ms = sqlite3_column_int64(statement, 2),
			.proven_ts_ms = sqlite3_column_int64(statement, 3),
		};
		if (roster_restore_left(roster, &left) < 0)
			store->is_whole = false;
	}
	sqlite3_reset(statement);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
load(struct roster_store *store, struct roster *roster, struct monotime now,
    int64_t clock_ms)
{
	int64_t alive_ms = (int64_t)get_state(store, "alive");
	struct roster_past past;
	int rc;

	store->is_whole = true;
	if (get_state(store, "epoch") == 0) /* a new file */
		return SQLITE_OK;
	past = read_past(store);
	store->saved = get_state(store, "version");
	roster_set_past(roster, &past);
	rc = load_lefts(store, roster);
	if (rc == SQLITE_OK)
		rc = load_rows(store, roster,
		    clock_ms - alive_ms > ROSTER_STORE_KEEP_MS, now, clock_ms);
	return rc;
}

/* --- saving */

static int
put_row(struct roster_store *store, const struct roster_row *row)
{
	sqlite3_stmt *statement = roster_file_get(&store->file, ROSTER_PUT_ROW);

	sqlite3_bind_text(statement, 1, row->peer_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, (int64_t)row->version);
	sqlite3_bind_int64(statement, 3, row->proven_ts_ms);
	sqlite3_bind_int64(statement, 4, row->first_seen_ms);
	sqlite3_bind_int64(statement, 5, (int64_t)row->bytes_sent);
	sqlite3_bind_int(statement, 6, row->is_online);
	sqlite3_bind_int(statement, 7, row->is_proven);
	sqlite3_bind_text(
	    statement, 8, row->text->data, (int)row->text->len, SQLITE_STATIC);
	return roster_file_run(&store->file, ROSTER_PUT_ROW);
}

static int
put_left(struct roster_store *store, const struct roster_change *left)
{
	sqlite3_stmt *statement =
	    roster_file_get(&store->file, ROSTER_PUT_LEFT);

	sqlite3_bind_text(statement, 1, left->peer_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, (int64_t)left->version);
	sqlite3_bind_int64(statement, 3, left->ts_ms);
	sqlite3_bind_int64(statement, 4, left->proven_ts_ms);
	return roster_file_run(&store->file, ROSTER_PUT_LEFT);
}

static int
drop(struct roster_store *store, enum roster_statement which,
    const char *peer_id)
{
	sqlite3_stmt *statement = roster_file_get(&store->file, which);

	sqlite3_bind_text(statement, 1, peer_id, -1, SQLITE_STATIC);
	return roster_file_run(&store->file, which);
}

/* One transaction: how far it got. */
struct batch {
	struct roster_store *store;
	unsigned int count, max;
	uint64_t saved;
	bool is_cut;
	int rc;
};

static bool
save_change(const struct roster_change *change, void *arg)
{
	struct batch *batch = arg;
	struct roster_store *store = batch->store;
	enum roster_statement stale;

	batch->is_cut = batch->count++ == batch->max;
	if (batch->is_cut)
		return false;
	if (change->row != NULL)
		batch->rc = put_row(store, change->row);
	else
		batch->rc = put_left(store, change);
	stale = change->row != NULL ? ROSTER_DROP_LEFT : ROSTER_DROP_ROW;
	if (batch->rc == SQLITE_OK)
		batch->rc = drop(store, stale, change->peer_id);
	batch->saved = change->version;
	return batch->rc == SQLITE_OK;
}

static int
save_changes(struct roster_store *store, const struct roster *roster,
    uint64_t *ret_saved)
{
	struct roster_past past = roster_get_past(roster);
	struct roster_cursor since = { past.epoch,
		store->is_whole ? store->saved : 0 };
	struct batch batch = { .store = store, .max = ROSTER_STORE_BATCH_MAX };
	sqlite3_stmt *statement;
	int rc = SQLITE_OK;

	if (!store->is_whole || store->is_closing)
		batch.max = UINT32_MAX;
	if (!store->is_whole)
		rc = roster_file_run(&store->file, ROSTER_DROP_ROWS);
	if (!store->is_whole && rc == SQLITE_OK)
		rc = roster_file_run(&store->file, ROSTER_DROP_LEFTS);
	if (rc != SQLITE_OK)
		return rc;
	roster_since(roster, &since, save_change, &batch);
	if (batch.rc != SQLITE_OK)
		return batch.rc;
	*ret_saved = batch.is_cut ? batch.saved : past.version;
	statement = roster_file_get(&store->file, ROSTER_FORGET_LEFT);
	sqlite3_bind_int64(statement, 1, (int64_t)past.floor);
	return roster_file_run(&store->file, ROSTER_FORGET_LEFT);
}

static int
save_state(struct roster_store *store, const struct roster_past *past,
    uint64_t saved, int64_t clock_ms)
{
	const struct {
		const char *key;
		uint64_t value;
	} states[] = {
		{ "epoch", past->epoch },
		{ "version", saved },
		{ "next", store->next },
		{ "floor", past->floor },
		{ "unsure_end", past->unsure_end },
		{ "alive", (uint64_t)clock_ms },
	};
	int rc = SQLITE_OK;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states) && rc == SQLITE_OK; i++)
		rc = put_state(store, states[i].key, states[i].value);
	return rc;
}

static int
save_all(struct roster_store *store, const struct roster *roster,
    int64_t clock_ms, uint64_t *ret_saved)
{
	struct roster_past past = roster_get_past(roster);
	int rc = roster_file_run(&store->file, ROSTER_BEGIN);

	/* A departure that was forgotten before it was saved leaves a stale
	 * row in the file. */
	if (past.floor > store->saved)
		store->is_whole = false;
	if (store->is_closing)
		store->next = past.version;
	else if (past.version + ROSTER_STORE_AHEAD / 2 > store->next)
		store->next = past.version + ROSTER_STORE_AHEAD;
	if (rc == SQLITE_OK)
		rc = save_changes(store, roster, ret_saved);
	if (rc == SQLITE_OK)
		rc = save_state(store, &past, *ret_saved, clock_ms);
	if (rc == SQLITE_OK)
		rc = roster_file_run(&store->file, ROSTER_COMMIT);
	return rc;
}

static void
tell_failure(struct roster_store *store, const char *why)
{
	counter_add(&roster_saves_failed, 1);
	if (!store->is_failing)
		log_error("roster cannot be saved, going on in memory and "
			  "trying again file=%s why=%s",
		    store->file.path, why);
	store->is_failing = true;
}

static void
on_failure(struct roster_store *store, int rc, int64_t clock_ms)
{
	const char *why;

	tell_failure(store, sqlite3_errmsg(store->file.db));
	roster_file_run(&store->file, ROSTER_ROLLBACK);
	if (!roster_file_is_broken(rc))
		return;
	store->is_whole = false;
	roster_file_reopen(&store->file, rc, clock_ms, &why);
}

static bool
has_file(struct roster_store *store, int64_t clock_ms)
{
	const char *why;

	if (store->file.db != NULL ||
	    roster_file_reopen(&store->file, SQLITE_OK, clock_ms, &why))
		return true;
	tell_failure(store, why);
	return false;
}

void
roster_store_save(
    struct roster_store *store, struct roster *roster, int64_t clock_ms)
{
	uint64_t saved = 0;
	int rc;

	if (store->is_whole && !store->is_closing &&
	    roster_now(roster).version == store->saved &&
	    llabs(clock_ms - store->saved_ms) < ROSTER_STORE_ALIVE_MS)
		return;
	if (!has_file(store, clock_ms))
		return;
	rc = save_all(store, roster, clock_ms, &saved);
	if (rc != SQLITE_OK) {
		on_failure(store, rc, clock_ms);
		return;
	}
	if (store->is_failing)
		log_info("roster is saved again file=%s", store->file.path);
	store->is_failing = false;
	store->is_whole = true;
	store->saved = saved;
	store->saved_ms = clock_ms;
}

int
roster_store_open(const char *path, struct roster *roster, struct monotime now,
    int64_t clock_ms, struct roster_store **ret)
{
	struct roster_store *store = xzalloc(sizeof(*store));
	const char *why;
	int rc;

	if (!roster_file_open(&store->file, path, clock_ms, &why)) {
		log_error("roster cannot be kept in a file, going on in "
			  "memory file=%s why=%s",
		    path, why);
		roster_file_close(&store->file);
		free(store);
		return -EIO;
	}
	rc = load(store, roster, now, clock_ms);
	if (rc != SQLITE_OK) {
		store->is_whole = false;
		on_failure(store, rc, clock_ms);
	}
	log_info("roster loaded file=%s peers=%zu", path, roster_count(roster));
	roster_store_save(store, roster, clock_ms);
	*ret = store;
	return 0;
}

void
roster_store_close(
    struct roster_store *store, struct roster *roster, int64_t clock_ms)
{
	if (store == NULL)
		return;
	store->is_closing = true;
	roster_store_save(store, roster, clock_ms);
	roster_file_close(&store->file);
	free(store);
}

bool
roster_store_is_sound(const struct roster_store *store)
{
	return !store->is_failing;
}
