#include "goop-rendezvousd/roster/roster.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/roster/roster_private.h"

COUNTER(roster_stale, "peers that fell silent");
COUNTER(roster_lost, "peers whose WebSocket broke and who did not come back");

struct roster *
roster_new(size_t rows_max, const struct roster_user *user, void *arg)
{
	struct roster *roster = xzalloc(sizeof(*roster));

	roster->user = user;
	roster->arg = arg;
	roster->rows_max = rows_max;
	roster->texts_max = ROSTER_TEXTS_LEAST;
	if (rows_max <= ROSTER_TEXTS_MAX / ROSTER_TEXTS_PER_ROW)
		roster->texts_max += rows_max * ROSTER_TEXTS_PER_ROW;
	else
		roster->texts_max = ROSTER_TEXTS_MAX;
	roster->tells_refreshes = true;
	random_bytes(&roster->past.epoch, sizeof(roster->past.epoch));
	TAILQ_INIT(&roster->by_version);
	TAILQ_INIT(&roster->by_heard);
	TAILQ_INIT(&roster->by_lost);
	TAILQ_INIT(&roster->left_by_version);
	LIST_INIT(&roster->sessions);
	return roster;
}

void
roster_free(struct roster *roster)
{
	struct roster_session *session;
	struct roster_tombstone *left;
	struct roster_row *row;

	if (roster == NULL)
		return;
	while ((row = TAILQ_FIRST(&roster->by_version)) != NULL)
		roster_row_remove(roster, row);
	while ((left = TAILQ_FIRST(&roster->left_by_version)) != NULL)
		roster_tombstone_remove(roster, left);
	while ((session = LIST_FIRST(&roster->sessions)) != NULL) {
		LIST_REMOVE(session, next);
		free(session);
	}
	free(roster);
}

void
roster_tell_refreshes(struct roster *roster, bool are_needed)
{
	roster->tells_refreshes = are_needed;
}

struct roster_row *
roster_row_find(const struct roster *roster, const char *peer_id)
{
	struct roster_row *row;

	HASH_FIND_STR(roster->rows, peer_id, row);
	return row;
}

void
roster_row_found(struct roster *roster, struct roster_row *row)
{
	if (row->is_lost)
		TAILQ_REMOVE(&roster->by_lost, row, by_lost);
	row->is_lost = false;
}

void
roster_row_own(struct roster *roster, struct roster_row *row,
    struct roster_session *session)
{
	roster_row_found(roster, row);
	if (row->owner == session)
		return;
	if (row->owner != NULL)
		row->owner->row = NULL;
	row->owner = session;
	session->row = row;
	roster->connected = row;
}

void
roster_tell_connected(struct roster *roster)
{
	struct roster_row *row = roster->connected;

	roster->connected = NULL;
	if (row != NULL && roster->user->on_connected != NULL)
		roster->user->on_connected(row, roster->arg);
}

void
roster_say(struct roster *roster, enum roster_event event,
    struct roster_row *row, struct shared_text *text)
{
	roster->bytes_told += text->len;
	roster->user->on_event(event, row, text, roster->arg);
}

void
roster_retire(struct roster *roster, struct roster_row *row,
    struct shared_text *text, int64_t clock_ms)
{
	struct roster_change left = { ++roster->past.version, row->peer_id,
		NULL, clock_ms, row->proven_ts_ms, NULL };

	roster_tombstone_add(roster, &left);
	row->version = left.version;
	if (text == NULL)
		text = roster_tombstone_find(roster, row->peer_id)->text;
	roster_say(roster, ROSTER_LEFT, row, text);
	roster_row_remove(roster, row);
}

void
roster_run(struct roster *roster, struct monotime now, int64_t clock_ms)
{
	struct roster_row *row;

	while ((row = TAILQ_FIRST(&roster->by_lost)) != NULL &&
	       monotime_since_ms(now, row->lost) >= ROSTER_GRACE_MS) {
		counter_add(&roster_lost, 1);
		roster_retire(roster, row, NULL, clock_ms);
	}
	while ((row = TAILQ_FIRST(&roster->by_heard)) != NULL &&
	       monotime_since_ms(now, row->heard) >= ROSTER_STALE_MS) {
		counter_add(&roster_stale, 1);
		roster_retire(roster, row, NULL, clock_ms);
	}
}

struct monotime
roster_next(const struct roster *roster)
{
	const struct roster_row *heard = TAILQ_FIRST(&roster->by_heard);
	const struct roster_row *lost = TAILQ_FIRST(&roster->by_lost);
	struct monotime next = MONOTIME_NEVER;

	if (heard != NULL)
		next = monotime_add_ms(heard->heard, ROSTER_STALE_MS);
	if (lost != NULL)
		next = monotime_min(
		    next, monotime_add_ms(lost->lost, ROSTER_GRACE_MS));
	return next;
}

size_t
roster_count(const struct roster *roster)
{
	return HASH_COUNT(roster->rows);
}

const struct roster_row *
roster_find(const struct roster *roster, const char *peer_id)
{
	return roster_row_find(roster, peer_id);
}

const struct roster_row *
roster_newest(const struct roster *roster)
{
	return TAILQ_LAST(&roster->by_version, roster_rows);
}

const struct roster_row *
roster_older(const struct roster_row *row)
{
	return TAILQ_PREV(row, roster_rows, by_version);
}

const struct roster_row *
roster_oldest(const struct roster *roster)
{
	return TAILQ_FIRST(&roster->by_version);
}

const struct roster_row *
roster_newer(const struct roster_row *row)
{
	return TAILQ_NEXT(row, by_version);
}

bool
roster_row_is_connected(const struct roster_row *row)
{
	return row->owner != NULL;
}

uint64_t
roster_row_bytes_received(
    const struct roster *roster, const struct roster_row *row)
{
	return roster->bytes_told - row->bytes_before;
}
