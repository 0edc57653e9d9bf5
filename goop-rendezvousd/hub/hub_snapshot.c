#include "goop-rendezvousd/hub/hub_snapshot.h"

#include <stdlib.h>

void
hub_snapshot_init(struct hub_snapshot *news, bool is_websocket)
{
	*news = (struct hub_snapshot){ .is_websocket = is_websocket };
}

static void
changes_clear(struct hub_changes *changes)
{
	chunk_unref(changes->chunk);
	*changes = (struct hub_changes){ .chunk = NULL };
}

void
hub_snapshot_fini(struct hub_snapshot *news)
{
	chunk_unref(news->rows);
	news->rows = NULL;
	changes_clear(&news->newer);
	changes_clear(&news->resumed);
}

static bool
is_same(const struct roster_cursor *a, const struct roster_cursor *b)
{
	return a->epoch == b->epoch && a->version == b->version;
}

static bool
add_change(const struct roster_change *change, void *arg)
{
	hub_text_add(arg, shared_text_bytes(change->text));
	return true;
}

/* What changed from a cursor until now, which is covered. */
static struct chunk *
changes_get(struct hub_changes *changes, bool is_websocket,
    const struct roster *roster, const struct roster_cursor *from)
{
	struct roster_cursor to = roster_now(roster);
	struct hub_text text;

	if (changes->chunk != NULL && is_same(&changes->from, from) &&
	    is_same(&changes->to, &to))
		return changes->chunk;
	changes_clear(changes);
	hub_text_init(&text, is_websocket);
	roster_since(roster, from, add_change, &text);
	*changes = (struct hub_changes){ *from, to, hub_text_take(&text) };
	return changes->chunk;
}

static void
take_snapshot(
    struct hub_snapshot *news, const struct roster *roster, struct monotime now)
{
	const struct roster_row *row;
	struct hub_text text;

	hub_snapshot_fini(news);
	hub_text_init(&text, news->is_websocket);
	for (row = roster_oldest(roster); row != NULL; row = roster_newer(row))
		hub_text_add(&text, shared_text_bytes(row->text));
	news->rows = hub_text_take(&text);
	news->at = roster_now(roster);
	news->made = now;
}

void
hub_snapshot_age(struct hub_snapshot *news, struct monotime now)
{
	if (monotime_since_ms(now, news->made) >= HUB_SNAPSHOT_MS)
		hub_snapshot_fini(news);
}

static bool
is_fresh(const struct hub_snapshot *news, const struct roster *roster,
    struct monotime now)
{
	return news->rows != NULL &&
	       monotime_since_ms(now, news->made) < HUB_SNAPSHOT_MS &&
	       roster_covers(roster, &news->at);
}

static void
tell_all(struct hub_snapshot *news, const struct roster *roster,
    struct subscriber *subscriber, struct monotime now)
{
	struct chunk *newer;

	if (!is_fresh(news, roster, now))
		take_snapshot(news, roster, now);
	newer =
	    changes_get(&news->newer, news->is_websocket, roster, &news->at);
	if (newer->messages > HUB_SNAPSHOT_NEWER + news->rows->messages / 4) {
		take_snapshot(news, roster, now);
		newer = changes_get(
		    &news->newer, news->is_websocket, roster, &news->at);
	}
	subscriber_put(subscriber, chunk_ref(news->rows));
	subscriber_put(subscriber, chunk_ref(newer));
}

void
hub_snapshot_tell(struct hub_snapshot *news, const struct roster *roster,
    const struct roster_cursor *since, struct subscriber *subscriber,
    struct monotime now)
{
	struct roster_cursor cursor = roster_now(roster);
	bool resumes = since != NULL && roster_covers(roster, since);
	struct hub_text text;

	if (!subscriber_is_delta(subscriber)) {
		tell_all(news, roster, subscriber, now);
		return;
	}
	hub_text_init(&text, news->is_websocket);
	hub_text_add_begin(&text, !resumes);
	subscriber_put(subscriber, hub_text_take(&text));
	if (resumes)
		subscriber_put(
		    subscriber, chunk_ref(changes_get(&news->resumed,
				    news->is_websocket, roster, since)));
	else
		tell_all(news, roster, subscriber, now);
	hub_text_add_synced(&text, &cursor);
	subscriber_put(subscriber, hub_text_take(&text));
}
