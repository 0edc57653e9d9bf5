#include "goop-discoveryd/peer_table.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"

COUNTER(peers_refused, "peers not listed because all in the table answer");
COUNTER(peers_evicted, "peers forgotten to make room: absent or unanswering");

struct peer_table {
	struct peer *peers;
	struct peer_table_limits limits;
	const struct peer_table_user *user;
	void *arg;
};

struct peer_table *
peer_table_new(const struct peer_table_limits *limits,
    const struct peer_table_user *user, void *arg)
{
	struct peer_table *table = xzalloc(sizeof(*table));

	table->limits = *limits;
	table->user = user;
	table->arg = arg;
	return table;
}

static void
peer_free(struct peer_table *table, struct peer *peer)
{
	HASH_DEL(table->peers, peer);
	message_fini(&peer_row_message, &peer->row);
	free(peer);
}

void
peer_table_free(struct peer_table *table)
{
	struct peer *peer, *next;

	if (table == NULL)
		return;
	HASH_ITER (hh, table->peers, peer, next)
		peer_free(table, peer);
	free(table);
}

static struct peer *
peer_table_get(const struct peer_table *table, const struct peer_id *id)
{
	struct peer *peer;

	HASH_FIND(hh, table->peers, id, sizeof(*id), peer);
	return peer;
}

const struct peer *
peer_table_find(const struct peer_table *table, const struct peer_id *id)
{
	return peer_table_get(table, id);
}

static void
peer_tell(struct peer_table *table, struct peer *peer)
{
	peer->row.is_reachable = peer->reach.is_reachable;
	peer->row.is_offline = peer->state != PEER_ONLINE;
	table->user->on_changed(peer, table->arg);
	peer->told = peer->state;
}

/* The one place that changes a state. */
static void
peer_enter(struct peer_table *table, struct peer *peer, enum peer_state state,
    struct monotime now)
{
	static const struct monotime never = { INT64_MAX };

	peer->state = state;
	switch (state) {
	case PEER_ONLINE:
		peer->until = monotime_add_ms(now, table->limits.ttl_ms);
		break;
	case PEER_OFFLINE:
		peer->until = monotime_add_ms(now, table->limits.grace_ms);
		reach_gone(&peer->reach);
		break;
	case PEER_REMEMBERED:
		peer->told = state;
		peer->until = never;
		table->user->on_removed(peer, table->arg);
		return;
	}
	peer_tell(table, peer);
}

/* Room for one more: whoever is away for longest goes; of those who are online
 * who was silent for longest and does not answer, since a crowd of made-up
 * peers must not keep a real one off the list. */
static bool
peer_table_make_room(struct peer_table *table)
{
	struct peer *peer, *oldest = NULL;

	if (HASH_COUNT(table->peers) < table->limits.max)
		return true;
	for (peer = table->peers; peer != NULL; peer = peer->hh.next) {
		if (peer->reach.is_reachable)
			continue;
		if (oldest == NULL || peer->state > oldest->state ||
		    (peer->state == oldest->state &&
			peer->row.last_seen_ms < oldest->row.last_seen_ms))
			oldest = peer;
	}
	if (oldest == NULL)
		return false;
	counter_add(&peers_evicted, 1);
	if (oldest->state != PEER_REMEMBERED)
		table->user->on_removed(oldest, table->arg);
	peer_free(table, oldest);
	return true;
}

static struct peer *
peer_table_add(struct peer_table *table, const struct peer_id *id)
{
	char text[PEER_ID_TEXT_SIZE], base36[PEER_ID_BASE36_SIZE];
	struct peer *peer;

	if (!peer_table_make_room(table))
		return NULL;
	peer = xzalloc(sizeof(*peer));
	peer->id = *id;
	peer->state = peer->told = PEER_REMEMBERED;
	peer_id_print(id, text);
	peer_id_print_base36(id, base36);
	peer->row.peer_id = xstrdup(text);
	peer->row.peer_id_base36 = xstrdup(base36);
	HASH_ADD(hh, table->peers, id, sizeof(peer->id), peer);
	return peer;
}

/* --- what a peer says of itself */

/* Replace a text if it differs; absent and empty are the same. */
static bool
row_set(char **member, const char *text)
{
	if (text != NULL && *text == '\0')
		text = NULL;
	if (*member == NULL && text == NULL)
		return false;
	if (*member != NULL && text != NULL && strcmp(*member, text) == 0)
		return false;
	free(*member);
	*member = text != NULL ? xstrdup(text) : NULL;
	return true;
}

static bool
row_set_bool(bool *member, bool value)
{
	bool changed = *member != value;

	*member = value;
	return changed;
}

static bool
strings_equal(const struct strings *a, const struct strings *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

/* A message without addresses does not take the known ones away. */
static bool
row_set_addresses(struct peer_row *row, const struct strings *addresses)
{
	size_t i;

	if (addresses->count == 0 || strings_equal(&row->addresses, addresses))
		return false;
	for (i = 0; i < row->addresses.count; i++)
		free(row->addresses.items[i]);
	free(row->addresses.items);
	row->addresses = (struct strings){ NULL, 0 };
	for (i = 0; i < addresses->count; i++)
		strings_add(&row->addresses, addresses->items[i]);
	return true;
}

static bool
row_take(struct peer_row *row, const struct peer_heard *heard)
{
	const struct presence *presence = heard->presence;
	bool changed = row_set(&row->label, presence->content);

	changed |= row_set(&row->email, presence->email);
	changed |= row_set(&row->avatar_hash, presence->avatar_hash);
	changed |= row_set_bool(&row->video_disabled, presence->video_disabled);
	changed |= row_set(&row->active_template, presence->active_template);
	if (presence->client_version != NULL)
		changed |= row_set(&row->version, presence->client_version);
	changed |= row_set_addresses(row, heard->addresses);
	changed |= row_set(&row->source, "lan");
	return changed;
}

static int
peer_table_hear_offline(
    struct peer_table *table, struct peer *peer, struct monotime now)
{
	if (peer != NULL && peer->state == PEER_ONLINE)
		peer_enter(table, peer, PEER_OFFLINE, now);
	return 0;
}

int
peer_table_hear(struct peer_table *table, const struct peer_heard *heard,
    struct monotime now)
{
	struct peer *peer = peer_table_get(table, heard->peer);
	bool is_news, changed;

	if (strcmp(heard->presence->type, PRESENCE_OFFLINE) == 0)
		return peer_table_hear_offline(table, peer, now);
	is_news = peer == NULL || peer->state != PEER_ONLINE ||
		  strcmp(heard->presence->type, PRESENCE_ONLINE) == 0;
	if (peer == NULL) {
		peer = peer_table_add(table, heard->peer);
		if (peer == NULL) {
			counter_add(&peers_refused, 1);
			return PEER_TABLE_FULL;
		}
	}
	changed = row_take(&peer->row, heard);
	peer->row.last_seen_ms = heard->wall_ms;
	peer->is_heard = true;
	if (is_news || !peer->reach.is_reachable)
		reach_want(&peer->reach, 0, now);
	if (peer->state != PEER_ONLINE)
		peer_enter(table, peer, PEER_ONLINE, now);
	else if (changed)
		peer_tell(table, peer);
	peer->until = monotime_add_ms(now, table->limits.ttl_ms);
	return 0;
}

/* --- peers of earlier runs */

void
peer_table_remember(struct peer_table *table, const struct peer_row *row,
    int64_t delay_ms, struct monotime now)
{
	struct peer_id id;
	struct peer *peer;

	if (peer_id_parse(row->peer_id, &id) < 0 ||
	    peer_table_get(table, &id) != NULL ||
	    HASH_COUNT(table->peers) >= table->limits.max)
		return;
	peer = peer_table_add(table, &id);
	row_set(&peer->row.label, row->label);
	row_set(&peer->row.email, row->email);
	row_set(&peer->row.avatar_hash, row->avatar_hash);
	row_set(&peer->row.active_template, row->active_template);
	row_set(&peer->row.version, row->version);
	row_set_addresses(&peer->row, &row->addresses);
	row_set(&peer->row.source, "cache");
	peer->row.video_disabled = row->video_disabled;
	peer->row.last_seen_ms = row->last_seen_ms;
	peer_enter(table, peer, PEER_OFFLINE, now);
	if (delay_ms >= 0)
		reach_want(&peer->reach, delay_ms, now);
}

/* --- reachability */

/*
 * The peer proved that it is there. One that we know only from the cache
 * counts as online by this; one that told us goodbye does not, since the proof
 * may be older than the goodbye.
 */
static void
peer_proved(struct peer_table *table, struct peer *peer, bool changed,
    struct monotime now)
{
	if (peer->state == PEER_ONLINE) {
		if (changed)
			peer_tell(table, peer);
	} else if (!peer->is_heard) {
		peer_enter(table, peer, PEER_ONLINE, now);
	} else {
		reach_gone(&peer->reach);
	}
}

void
peer_table_connected(
    struct peer_table *table, const struct peer_id *id, struct monotime now)
{
	struct peer *peer = peer_table_get(table, id);
	bool was_running;

	if (peer == NULL || peer->reach.is_reachable)
		return;
	was_running = peer->reach.is_running;
	peer_proved(table, peer, reach_result(&peer->reach, true, now), now);
	peer->reach.is_running = was_running;
}

void
peer_table_disconnected(
    struct peer_table *table, const struct peer_id *id, struct monotime now)
{
	struct peer *peer = peer_table_get(table, id);

	if (peer != NULL && peer->state == PEER_ONLINE)
		reach_want(&peer->reach, 0, now);
}

bool
peer_table_next_probe(
    struct peer_table *table, struct monotime now, struct peer_id *ret)
{
	struct peer *peer, *next = NULL;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		if (reach_is_due(&peer->reach, now) &&
		    (next == NULL || peer->state < next->state))
			next = peer;
	if (next == NULL)
		return false;
	reach_start(&next->reach);
	*ret = next->id;
	return true;
}

void
peer_table_probed(struct peer_table *table, const struct peer_id *id,
    bool answered, struct monotime now)
{
	struct peer *peer = peer_table_get(table, id);
	bool changed;

	if (peer == NULL)
		return;
	changed = reach_result(&peer->reach, answered, now);
	if (answered)
		peer_proved(table, peer, changed, now);
	else if (changed && peer->state == PEER_ONLINE)
		peer_tell(table, peer);
}

void
peer_table_probe_void(
    struct peer_table *table, const struct peer_id *id, struct monotime now)
{
	struct peer *peer = peer_table_get(table, id);

	if (peer == NULL)
		return;
	peer->reach.is_running = false;
	reach_want(&peer->reach, REACH_GAP_MIN_MS, now);
}

struct monotime
peer_table_probe_due(const struct peer_table *table)
{
	struct monotime due = MONOTIME_NEVER;
	const struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		if (peer->reach.is_wanted)
			due = monotime_min(due, peer->reach.due);
	return due;
}

void
peer_table_probe_all(struct peer_table *table, struct monotime now)
{
	struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		if (peer->state != PEER_REMEMBERED)
			reach_insist(&peer->reach, now);
}

bool
peer_table_is_probing(const struct peer_table *table, struct monotime now)
{
	const struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		if (peer->reach.is_running || reach_is_due(&peer->reach, now))
			return true;
	return false;
}

void
peer_table_probe_absent(struct peer_table *table, struct monotime now)
{
	struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		if (peer->state != PEER_ONLINE)
			reach_want(&peer->reach, 0, now);
}

/* --- time */

void
peer_table_grant(struct peer_table *table, struct monotime now)
{
	struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		if (peer->state == PEER_ONLINE)
			peer->until =
			    monotime_add_ms(now, table->limits.ttl_ms);
}

void
peer_table_run(struct peer_table *table, struct monotime now)
{
	struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next) {
		if (!monotime_reached(now, peer->until))
			continue;
		if (peer->state == PEER_ONLINE)
			peer_enter(table, peer, PEER_OFFLINE, now);
		else if (peer->state == PEER_OFFLINE)
			peer_enter(table, peer, PEER_REMEMBERED, now);
	}
}

struct monotime
peer_table_deadline(const struct peer_table *table)
{
	struct monotime deadline = MONOTIME_NEVER;
	const struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		deadline = monotime_min(deadline, peer->until);
	return deadline;
}

const struct peer *
peer_table_first(const struct peer_table *table)
{
	return table->peers;
}

size_t
peer_table_online(const struct peer_table *table)
{
	const struct peer *peer;
	size_t count = 0;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		count += peer->state == PEER_ONLINE;
	return count;
}
