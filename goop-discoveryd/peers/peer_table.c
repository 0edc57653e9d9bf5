#include "goop-discoveryd/peers/peer_table.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/peers/peer_row.h"
#include "goop-discoveryd/peers/peer_ways.h"

COUNTER(peers_refused, "peers not listed because all in the table answer");
COUNTER(peers_of_other_tags, "presence messages of peers of another mdns_tag");
COUNTER(peers_evicted, "peers forgotten to make room: absent or unanswering");

struct peer_table {
	struct peer *peers;
	struct peer_ways ways;
	struct peer_table_limits limits;
	const struct peer_table_user *user;
	void *arg;
	bool is_naming[PEER_SOURCES]; /* between begin and synced */
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
	peer_ways_clear(&table->ways);
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
peer_report(struct peer_table *table, struct peer *peer)
{
	peer->row.is_reachable =
	    peer->reach.is_reachable || peer->row.way != NULL;
	peer->row.is_offline = peer->state != PEER_ONLINE;
	table->user->on_changed(peer, table->arg);
	peer->reported = peer->state;
	peer->has_new_addresses = peer->has_new_email = false;
}

/* Bring the row up to date with the claims that hold. A peer that is offline is
 * shown as it was last. True if something changed. */
static bool
peer_refresh(struct peer *peer)
{
	const struct peer_sources *sources = &peer->sources;
	struct peer_row *row = &peer->row;
	bool changed;

	peer->until = peer_sources_deadline(sources);
	changed = row_set(&row->source, peer_sources_source(sources));
	changed |= row_set_bool(&row->is_proven, peer_sources_proven(sources));
	changed |=
	    row_set_bool(&row->is_verified, peer_sources_verified(sources));
	return changed;
}

/* The one place that changes a state. */
static void
peer_enter(struct peer_table *table, struct peer *peer, enum peer_state state,
    struct monotime now)
{
	peer->state = state;
	switch (state) {
	case PEER_ONLINE:
		peer_refresh(peer);
		break;
	case PEER_OFFLINE:
		peer->until = monotime_add_ms(now, table->limits.grace_ms);
		reachability_gone(&peer->reach);
		break;
	case PEER_REMEMBERED:
		peer->reported = state;
		peer->until = MONOTIME_NEVER;
		table->user->on_removed(peer, table->arg);
		return;
	}
	peer_report(table, peer);
}

/* Does a peer make room before another? First those that are away, the longest
 * first; then those online without a proof; then the longest silent. */
static bool
peer_goes_before(const struct peer *peer, const struct peer *other)
{
	if (peer->state != other->state)
		return peer->state > other->state;
	if (peer->state == PEER_ONLINE &&
	    peer->row.is_proven != other->row.is_proven)
		return other->row.is_proven;
	return peer->row.last_seen_ms < other->row.last_seen_ms;
}

/* Room for one more. Peers that answer stay, since a crowd of made-up ones must
 * not keep a real one off the list. */
static bool
peer_table_make_room(struct peer_table *table)
{
	struct peer *peer, *oldest = NULL;

	if (HASH_COUNT(table->peers) < table->limits.max)
		return true;
	for (peer = table->peers; peer != NULL; peer = peer->hh.next) {
		if (peer->reach.is_reachable)
			continue;
		if (oldest == NULL || peer_goes_before(peer, oldest))
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

/* True if it is shown otherwise now. */
static bool
peer_set_way(struct peer *peer, const struct peer_way *way)
{
	int64_t rtt_us = way != NULL ? way->rtt_us : 0;
	bool changed = row_set(&peer->row.way, way != NULL ? way->way : NULL);

	changed |= peer->row.rtt_us != rtt_us;
	peer->row.rtt_us = rtt_us;
	return changed;
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
	peer->state = peer->reported = PEER_REMEMBERED;
	peer->until = MONOTIME_NEVER;
	peer_id_print(id, text);
	peer_id_print_base36(id, base36);
	peer->row.peer_id = xstrdup(text);
	peer->row.peer_id_base36 = xstrdup(base36);
	peer_set_way(peer, peer_ways_find(&table->ways, id));
	HASH_ADD(hh, table->peers, id, sizeof(peer->id), peer);
	return peer;
}

/*
 * What one source says anew counts; what it merely repeats may be older than
 * what another said since. And what is unproven does not displace what the
 * peer itself signed.
 */
static bool
peer_take(struct peer *peer, const struct peer_heard *heard)
{
	struct peer_claim *claim = &peer->sources.of[heard->source];
	const struct presence *presence = &heard->message->presence;
	unsigned int digest = row_digest(presence);
	bool is_repeated = claim->is_online && claim->digest == digest;

	if (is_repeated ||
	    (!heard->message->is_proven && peer_sources_proven(&peer->sources)))
		return false;
	claim->digest = digest;
	peer->has_new_email |= row_set(&peer->row.email, presence->email);
	peer->has_new_addresses |=
	    row_set_addresses(&peer->row, &presence->addrs);
	return row_take(&peer->row, presence) || peer->has_new_email ||
	       peer->has_new_addresses;
}

/* --- tags */

static bool
is_other_tag(const struct peer_table *table, const char *tag)
{
	return tag != NULL && strcmp(tag, table->limits.tag) != 0;
}

/* Of another tag, and no server names it. */
static bool
is_stranger(const struct peer_table *table, const struct peer *peer)
{
	return is_other_tag(table, peer->row.tag) &&
	       !peer_sources_remote(&peer->sources);
}

/* --- who is online */

/* After a claim changed or ended. */
static void
peer_settle(struct peer_table *table, struct peer *peer, bool changed,
    struct monotime now)
{
	if (peer->state != PEER_ONLINE)
		return;
	if (!peer_sources_online(&peer->sources)) {
		peer_enter(table, peer, PEER_OFFLINE, now);
		return;
	}
	changed |= peer_refresh(peer);
	if (changed)
		peer_report(table, peer);
}

/* What the peer says over GossipSub does not count, nor that it answers. */
static void
peer_estrange(struct peer_table *table, struct peer *peer, const char *tag,
    struct monotime now)
{
	bool changed = row_set(&peer->row.tag, tag);

	peer_sources_drop(&peer->sources, PEER_GOSSIP);
	peer_sources_drop(&peer->sources, PEER_ANSWER);
	if (!is_stranger(table, peer))
		peer_settle(table, peer, changed, now);
	else if (peer->state != PEER_REMEMBERED)
		peer_enter(table, peer, PEER_REMEMBERED, now);
}

/* Is it of a peer of another tag? One that says none is of the tag under which
 * it was met. */
static bool
is_of_stranger(const struct peer_table *table, const struct peer *peer,
    const struct peer_heard *heard)
{
	const char *tag = heard->message->presence.tag;

	if (heard->source != PEER_GOSSIP)
		return false;
	if (tag == NULL && peer != NULL && !heard->is_near)
		tag = peer->row.tag;
	return is_other_tag(table, tag);
}

static int
peer_table_hear_stranger(struct peer_table *table, struct peer *peer,
    const struct peer_heard *heard, struct monotime now)
{
	const char *tag = heard->message->presence.tag;

	counter_add(&peers_of_other_tags, 1);
	if (peer != NULL)
		peer_estrange(
		    table, peer, tag != NULL ? tag : peer->row.tag, now);
	return PEER_TABLE_STRANGER;
}

static int
peer_table_hear_offline(struct peer_table *table, struct peer *peer,
    const struct peer_heard *heard, struct monotime now)
{
	if (peer == NULL)
		return 0;
	if (heard->message->is_fresh)
		peer_sources_spend(
		    &peer->sources, monotime_add_ms(now, table->limits.ttl_ms));
	else
		peer_sources_drop(&peer->sources, heard->source);
	peer_settle(table, peer, false, now);
	return 0;
}

static void
peer_say(struct peer_table *table, struct peer *peer,
    const struct peer_heard *heard, struct monotime now)
{
	struct peer_claim *claim = &peer->sources.of[heard->source];

	claim->ts_ms = heard->message->presence.ts_ms;
	claim->is_proven = heard->message->is_proven;
	claim->is_verified = heard->message->presence.verified;
	if (peer->sources.is_near ||
	    (heard->source == PEER_GOSSIP && !peer->sources.was_remote))
		row_set(&peer->row.tag, table->limits.tag);
	peer->sources.is_near |= heard->is_near;
	peer_sources_drop(&peer->sources, PEER_ANSWER); /* this says more */
	peer_sources_say(&peer->sources, heard->source,
	    monotime_add_ms(now, table->limits.ttl_ms));
	peer->row.last_seen_ms = heard->wall_ms;
	peer->is_heard = true;
}

int
peer_table_hear(struct peer_table *table, const struct peer_heard *heard,
    struct monotime now)
{
	const struct presence *presence = &heard->message->presence;
	const struct peer_id *id = &heard->message->peer;
	struct peer *peer = peer_table_get(table, id);
	bool is_news, changed;

	if (is_of_stranger(table, peer, heard))
		return peer_table_hear_stranger(table, peer, heard, now);
	if (presence_is(presence, PRESENCE_OFFLINE))
		return peer_table_hear_offline(table, peer, heard, now);
	if (peer != NULL && peer_sources_is_spent(&peer->sources, heard->source,
				presence->ts_ms, now))
		return 0;
	is_news = peer == NULL || peer->state != PEER_ONLINE ||
		  presence_is(presence, PRESENCE_ONLINE);
	if (peer == NULL) {
		peer = peer_table_add(table, id);
		if (peer == NULL) {
			counter_add(&peers_refused, 1);
			return PEER_TABLE_FULL;
		}
	}
	changed = peer_take(peer, heard);
	peer_say(table, peer, heard, now);
	if (is_news || !peer->reach.is_reachable)
		reachability_want(&peer->reach, 0, now);
	if (peer->state != PEER_ONLINE)
		peer_enter(table, peer, PEER_ONLINE, now);
	else
		peer_settle(table, peer, changed, now);
	return 0;
}

void
peer_table_set_near(
    struct peer_table *table, const struct peer_id *id, bool is_near)
{
	struct peer *peer = peer_table_get(table, id);

	if (peer == NULL)
		return;
	if (is_near)
		row_set(&peer->row.tag, table->limits.tag);
	if (peer->sources.is_near == is_near)
		return;
	peer->sources.is_near = is_near;
	if (peer->state == PEER_ONLINE && peer_refresh(peer))
		peer_report(table, peer);
}

static void
show_way(struct peer_table *table, struct peer *peer)
{
	if (peer_set_way(peer, peer_ways_find(&table->ways, &peer->id)) &&
	    peer->state != PEER_REMEMBERED)
		peer_report(table, peer);
}

void
peer_table_set_way(struct peer_table *table, const struct peer_id *id,
    const char *way, int64_t rtt_us)
{
	struct peer *peer = peer_table_get(table, id);

	peer_ways_set(&table->ways, id, way, rtt_us);
	if (peer != NULL)
		show_way(table, peer);
}

void
peer_table_forget_ways(struct peer_table *table)
{
	struct peer *peer;

	peer_ways_clear(&table->ways);
	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		show_way(table, peer);
}

/* --- a server's list */

void
peer_table_renew(struct peer_table *table, enum peer_source source,
    int64_t for_ms, int64_t wall_ms, struct monotime now)
{
	struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next) {
		if (!peer->sources.of[source].is_online ||
		    peer->sources.of[source].is_missing)
			continue;
		peer->sources.of[source].until = monotime_add_ms(now, for_ms);
		peer->until = peer_sources_deadline(&peer->sources);
		peer->row.last_seen_ms = wall_ms;
	}
}

void
peer_table_name(struct peer_table *table, enum peer_source source,
    const struct peer_id *id, struct monotime now)
{
	struct peer *peer = peer_table_get(table, id);

	if (peer == NULL || !peer->sources.of[source].is_online)
		return;
	peer_sources_say(
	    &peer->sources, source, monotime_add_ms(now, table->limits.ttl_ms));
	peer->until = peer_sources_deadline(&peer->sources);
}

void
peer_table_begin(
    struct peer_table *table, enum peer_source source, bool is_full)
{
	struct peer *peer;

	table->is_naming[source] = is_full;
	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		peer->sources.of[source].is_named = false;
}

void
peer_table_synced(
    struct peer_table *table, enum peer_source source, struct monotime now)
{
	struct monotime until = monotime_add_ms(now, table->limits.ttl_ms);
	struct peer *peer;

	if (!table->is_naming[source])
		return;
	table->is_naming[source] = false;
	for (peer = table->peers; peer != NULL; peer = peer->hh.next) {
		if (!peer->sources.of[source].is_online ||
		    peer->sources.of[source].is_named)
			continue;
		peer_sources_miss(&peer->sources, source, until);
		peer->until = peer_sources_deadline(&peer->sources);
	}
}

size_t
peer_table_count(const struct peer_table *table, enum peer_source source)
{
	const struct peer *peer;
	size_t count = 0;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		count += peer->sources.of[source].is_online;
	return count;
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
	row_set(&peer->row.tag, row->tag);
	peer->row.video_disabled = row->video_disabled;
	peer->row.last_seen_ms = row->last_seen_ms;
	if (is_stranger(table, peer))
		return;
	peer_enter(table, peer, PEER_OFFLINE, now);
	if (delay_ms >= 0)
		reachability_want(&peer->reach, delay_ms, now);
}

/* --- reachability */

/*
 * The peer proved that it is there. One that we know only from the cache
 * counts as online by this; one that said goodbye does not, since the proof
 * may be older than the goodbye; nor does one that was met on a LAN, since it
 * may have another tag now: it says so as soon as it is connected.
 */
static void
peer_proved(struct peer_table *table, struct peer *peer, bool changed,
    struct monotime now)
{
	if (peer->state == PEER_ONLINE) {
		if (changed)
			peer_report(table, peer);
	} else if (!peer->is_heard && peer->row.tag == NULL) {
		peer_sources_say(&peer->sources, PEER_ANSWER,
		    monotime_add_ms(now, table->limits.ttl_ms));
		peer_enter(table, peer, PEER_ONLINE, now);
	} else {
		reachability_gone(&peer->reach);
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
	peer_proved(
	    table, peer, reachability_result(&peer->reach, true, now), now);
	peer->reach.is_running = was_running;
}

void
peer_table_disconnected(
    struct peer_table *table, const struct peer_id *id, struct monotime now)
{
	struct peer *peer = peer_table_get(table, id);

	if (peer != NULL && peer->state == PEER_ONLINE)
		reachability_want(&peer->reach, 0, now);
}

bool
peer_table_next_probe(
    struct peer_table *table, struct monotime now, struct peer_id *ret)
{
	struct peer *peer, *next = NULL;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		if (reachability_is_due(&peer->reach, now) &&
		    (next == NULL || peer->state < next->state))
			next = peer;
	if (next == NULL)
		return false;
	reachability_start(&next->reach);
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
	changed = reachability_result(&peer->reach, answered, now);
	if (answered)
		peer_proved(table, peer, changed, now);
	else if (changed && peer->state == PEER_ONLINE)
		peer_report(table, peer);
}

void
peer_table_probe_void(
    struct peer_table *table, const struct peer_id *id, struct monotime now)
{
	struct peer *peer = peer_table_get(table, id);

	if (peer == NULL)
		return;
	peer->reach.is_running = false;
	reachability_want(&peer->reach, REACHABILITY_GAP_MIN_MS, now);
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
			reachability_insist(&peer->reach, now);
}

bool
peer_table_is_probing(const struct peer_table *table, struct monotime now)
{
	const struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		if (peer->reach.is_running ||
		    reachability_is_due(&peer->reach, now))
			return true;
	return false;
}

void
peer_table_probe_absent(struct peer_table *table, struct monotime now)
{
	struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next)
		if (peer->state != PEER_ONLINE && !is_stranger(table, peer))
			reachability_want(&peer->reach, 0, now);
}

/* --- time */

void
peer_table_grant(struct peer_table *table, struct monotime now)
{
	struct monotime until = monotime_add_ms(now, table->limits.ttl_ms);
	struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next) {
		if (peer->state != PEER_ONLINE)
			continue;
		peer_sources_grant(&peer->sources, until);
		peer->until = peer_sources_deadline(&peer->sources);
	}
}

void
peer_table_run(struct peer_table *table, struct monotime now)
{
	struct peer *peer;

	for (peer = table->peers; peer != NULL; peer = peer->hh.next) {
		if (!monotime_reached(now, peer->until))
			continue;
		if (peer->state == PEER_ONLINE) {
			peer_sources_expire(&peer->sources, now);
			peer_settle(table, peer, false, now);
		} else if (peer->state == PEER_OFFLINE) {
			peer_enter(table, peer, PEER_REMEMBERED, now);
		}
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
