#include "goop-rendezvousd/roster/roster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_proof.h"
#include "goop-rendezvousd/roster/roster_restore.h"
#include "goop-rendezvousd/roster/row_text.h"
#include "proto/field_json.h"

COUNTER(roster_stale, "peers that fell silent");
COUNTER(
    roster_lost, "peers whose WebSocket was lost and that did not come back");
COUNTER(roster_needs_proof, "unproven messages for a proven peer");
COUNTER(roster_taken, "messages for a peer that is online from elsewhere");
COUNTER(roster_foreign, "messages on a WebSocket of another peer");
COUNTER(roster_replayed, "proven messages that came before");
COUNTER(roster_full, "newcomers to a full roster");
COUNTER(roster_evicted, "unproven peers that made room for a proven one");

/* The most silent rows, examined for one to evict. */
enum { EVICT_LOOK_MAX = 64 };

TAILQ_HEAD(roster_rows, roster_row);

/* A peer that left: subscribers that come back hear of it, and its old proofs
 * are not accepted again. */
struct roster_tombstone {
	TAILQ_ENTRY(roster_tombstone) next; /* by version, the newest last */
	UT_hash_handle hh;
	uint64_t version;
	int64_t ts_ms; /* our wall clock */
	int64_t proven_ts_ms;
	struct shared_text *text; /* the offline message */
	char peer_id[];
};
TAILQ_HEAD(roster_tombstones, roster_tombstone);

struct roster_session {
	LIST_ENTRY(roster_session) next;
	struct roster_row *row; /* that it owns, or NULL */
	bool is_trusted;
	char peer_id[];
};

LIST_HEAD(roster_sessions, roster_session);

struct roster {
	const struct roster_user *user;
	void *arg;
	size_t rows_max, texts_max;
	size_t texts;            /* bytes of all rows' texts */
	struct roster_row *rows; /* by peer_id */
	struct roster_rows by_version, by_heard, by_lost;
	struct roster_tombstone *left; /* by peer_id */
	struct roster_tombstones left_by_version;
	struct roster_sessions sessions;
	struct roster_past past;
	struct roster_row *connected; /* to report by on_connected */
	uint64_t bytes_told;
	bool tells_refreshes;
};

/* --- rows */

struct roster_row *
roster_find(const struct roster *roster, const char *peer_id)
{
	struct roster_row *row;

	HASH_FIND_STR(roster->rows, peer_id, row);
	return row;
}

static void
row_found(struct roster *roster, struct roster_row *row)
{
	if (row->is_lost)
		TAILQ_REMOVE(&roster->by_lost, row, by_lost);
	row->is_lost = false;
}

static bool
has_room(
    const struct roster *roster, const struct roster_row *row, size_t text_len)
{
	size_t old_len = row == NULL ? 0 : row->text->len;

	if (row == NULL && roster_count(roster) >= roster->rows_max)
		return false;
	return text_len <= old_len ||
	       roster->texts - old_len + text_len <= roster->texts_max;
}

/* Consumes the text. */
static void
replace_text(
    struct roster *roster, struct roster_row *row, struct shared_text *text)
{
	if (row->text != NULL)
		roster->texts -= row->text->len;
	if (text != NULL)
		roster->texts += text->len;
	shared_text_unref(row->text);
	row->text = text;
}

static struct roster_row *
row_add(struct roster *roster, const char *peer_id, struct monotime now)
{
	size_t len = strlen(peer_id);
	struct roster_row *row = xzalloc(sizeof(*row) + len + 1);

	memcpy(row->peer_id, peer_id, len);
	row->heard = row->told = now;
	row->bytes_before = roster->bytes_told;
	HASH_ADD_KEYPTR(hh, roster->rows, row->peer_id, len, row);
	TAILQ_INSERT_TAIL(&roster->by_version, row, by_version);
	TAILQ_INSERT_TAIL(&roster->by_heard, row, by_heard);
	return row;
}

static void
row_remove(struct roster *roster, struct roster_row *row)
{
	row_found(roster, row);
	if (row->owner != NULL)
		row->owner->row = NULL;
	if (roster->connected == row)
		roster->connected = NULL;
	TAILQ_REMOVE(&roster->by_version, row, by_version);
	TAILQ_REMOVE(&roster->by_heard, row, by_heard);
	HASH_DEL(roster->rows, row);
	replace_text(roster, row, NULL);
	free(row);
}

static void
row_renew(struct roster *roster, struct roster_row *row)
{
	row->version = ++roster->past.version;
	TAILQ_REMOVE(&roster->by_version, row, by_version);
	TAILQ_INSERT_TAIL(&roster->by_version, row, by_version);
}

static void
set_text(
    struct roster *roster, struct roster_row *row, struct shared_text *text)
{
	uint32_t mark = row_text_addrs_mark(text);

	replace_text(roster, row, text);
	row->head = row_text_head(text);
	row->has_new_addresses = mark != row->addrs_mark;
	row->addrs_mark = mark;
}

/* The same text with another tail. */
static void
set_tail(struct roster *roster, struct roster_row *row, int64_t ts_ms,
    struct bytes proof)
{
	roster->texts -= row->text->len;
	row->text = row_text_set_tail(row->text, row->head, ts_ms, proof);
	roster->texts += row->text->len;
}

/* --- departures */

static struct roster_tombstone *
tombstone_find(const struct roster *roster, const char *peer_id)
{
	struct roster_tombstone *left;

	HASH_FIND_STR(roster->left, peer_id, left);
	return left;
}

static void
tombstone_remove(struct roster *roster, struct roster_tombstone *left)
{
	HASH_DEL(roster->left, left);
	TAILQ_REMOVE(&roster->left_by_version, left, next);
	shared_text_unref(left->text);
	free(left);
}

static void
tombstone_add(struct roster *roster, const struct roster_change *change)
{
	size_t len = strlen(change->peer_id);
	struct roster_tombstone *left;

	left = tombstone_find(roster, change->peer_id);
	if (left != NULL)
		tombstone_remove(roster, left);
	if (HASH_COUNT(roster->left) >= ROSTER_LEFT_MAX) {
		left = TAILQ_FIRST(&roster->left_by_version);
		roster->past.floor = left->version;
		tombstone_remove(roster, left);
	}
	left = xzalloc(sizeof(*left) + len + 1);
	memcpy(left->peer_id, change->peer_id, len);
	left->version = change->version;
	left->ts_ms = change->ts_ms;
	left->proven_ts_ms = change->proven_ts_ms;
	left->text = row_text_offline(left->peer_id, left->ts_ms);
	HASH_ADD_STR(roster->left, peer_id, left);
	TAILQ_INSERT_TAIL(&roster->left_by_version, left, next);
}

/* --- telling the user */

static void
row_own(struct roster *roster, struct roster_row *row,
    struct roster_session *session)
{
	row_found(roster, row);
	if (row->owner == session)
		return;
	if (row->owner != NULL)
		row->owner->row = NULL;
	row->owner = session;
	session->row = row;
	roster->connected = row;
}

static void
tell_connected(struct roster *roster)
{
	struct roster_row *row = roster->connected;

	roster->connected = NULL;
	if (row != NULL && roster->user->on_connected != NULL)
		roster->user->on_connected(row, roster->arg);
}

static void
say(struct roster *roster, enum roster_event event, struct roster_row *row,
    struct shared_text *text)
{
	roster->bytes_told += text->len;
	roster->user->on_event(event, row, text, roster->arg);
}

static void
retire(struct roster *roster, struct roster_row *row, struct shared_text *text,
    int64_t clock_ms)
{
	struct roster_change left = { ++roster->past.version, row->peer_id,
		NULL, clock_ms, row->proven_ts_ms, NULL };

	tombstone_add(roster, &left);
	row->version = left.version;
	if (text == NULL)
		text = tombstone_find(roster, row->peer_id)->text;
	say(roster, ROSTER_LEFT, row, text);
	row_remove(roster, row);
}

/* --- life */

struct roster *
roster_new(size_t rows_max, const struct roster_user *user, void *arg)
{
	struct roster *roster = xzalloc(sizeof(*roster));

	roster->user = user;
	roster->arg = arg;
	roster->rows_max = rows_max;
	roster->texts_max =
	    rows_max <= ROSTER_TEXTS_MAX / ROSTER_TEXTS_PER_ROW
		? ROSTER_TEXTS_LEAST + rows_max * ROSTER_TEXTS_PER_ROW
		: ROSTER_TEXTS_MAX;
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
		row_remove(roster, row);
	while ((left = TAILQ_FIRST(&roster->left_by_version)) != NULL)
		tombstone_remove(roster, left);
	while ((session = LIST_FIRST(&roster->sessions)) != NULL) {
		LIST_REMOVE(session, next);
		free(session);
	}
	free(roster);
}

size_t
roster_texts(const struct roster *roster)
{
	return roster->texts;
}

size_t
roster_limit_texts(struct roster *roster, size_t bytes)
{
	size_t former = roster->texts_max;

	roster->texts_max = bytes;
	return former;
}

void
roster_tell_refreshes(struct roster *roster, bool are_needed)
{
	roster->tells_refreshes = are_needed;
}

void
roster_run(struct roster *roster, struct monotime now, int64_t clock_ms)
{
	struct roster_row *row;

	while ((row = TAILQ_FIRST(&roster->by_lost)) != NULL &&
	       monotime_since_ms(now, row->lost) >= ROSTER_GRACE_MS) {
		counter_add(&roster_lost, 1);
		retire(roster, row, NULL, clock_ms);
	}
	while ((row = TAILQ_FIRST(&roster->by_heard)) != NULL &&
	       monotime_since_ms(now, row->heard) >= ROSTER_STALE_MS) {
		counter_add(&roster_stale, 1);
		retire(roster, row, NULL, clock_ms);
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

uint64_t
roster_row_bytes_received(
    const struct roster *roster, const struct roster_row *row)
{
	return roster->bytes_told - row->bytes_before;
}

/* --- WebSockets that publish */

struct roster_session *
roster_session_begin(struct roster *roster, const char *peer_id,
    const struct client_address *from)
{
	size_t len = strlen(peer_id);
	struct roster_session *session = xzalloc(sizeof(*session) + len + 1);
	struct roster_row *row = roster_find(roster, peer_id);
	struct client_address network = client_address_network(from);

	memcpy(session->peer_id, peer_id, len);
	LIST_INSERT_HEAD(&roster->sessions, session, next);
	/* The peer that published from there is back, or opens the WebSocket
	 * that it will publish on. */
	if (row != NULL && !row->is_proven &&
	    client_address_equal(&row->from, &network))
		row_own(roster, row, session);
	tell_connected(roster);
	return session;
}

void
roster_session_end(struct roster *roster, struct roster_session *session,
    bool is_clean, struct monotime now, int64_t clock_ms)
{
	struct roster_row *row = session->row;

	LIST_REMOVE(session, next);
	free(session);
	if (row == NULL)
		return;
	row->owner = NULL;
	if (is_clean) {
		retire(roster, row, NULL, clock_ms);
		return;
	}
	row->is_lost = true;
	row->lost = now;
	TAILQ_INSERT_TAIL(&roster->by_lost, row, by_lost);
}

const char *
roster_session_peer_id(const struct roster_session *session)
{
	return session->peer_id;
}

bool
roster_session_is_trusted(const struct roster_session *session)
{
	return session->is_trusted;
}

/* --- may a message speak for a row? */

static const struct {
	struct counter *counter;
	const char *reason;
} verdicts[ROSTER_VERDICTS] = {
	[ROSTER_ACCEPTED] = { NULL, "accepted" },
	[ROSTER_NEEDS_PROOF] = { &roster_needs_proof,
	    "this peer proves its messages, and this one has no proof" },
	[ROSTER_TAKEN] = { &roster_taken,
	    "this peer is online from another address" },
	[ROSTER_FOREIGN] = { &roster_foreign,
	    "this connection belongs to another peer" },
	[ROSTER_REPLAYED] = { &roster_replayed,
	    "this was said before: ts has to grow" },
	[ROSTER_FULL] = { &roster_full, "the server is full" },
};

const char *
roster_verdict_reason(enum roster_verdict verdict)
{
	return verdicts[verdict].reason;
}

static bool
is_trusted(const struct roster_heard *heard)
{
	return heard->session != NULL && heard->session->is_trusted;
}

/* A proof counts once: after the newest of what the peer proved before. */
static bool
is_replayed(const struct roster *roster, const struct roster_row *row,
    const struct roster_heard *heard)
{
	const struct roster_tombstone *left;

	if (heard->proof != PRESENCE_PROVEN || is_trusted(heard))
		return false;
	if (row != NULL)
		return heard->message->ts_ms <= row->proven_ts_ms;
	left = tombstone_find(roster, heard->message->peer_id);
	return left != NULL && heard->message->ts_ms <= left->proven_ts_ms;
}

/* May the message speak for the row? */
static enum roster_verdict
judge(const struct roster_row *row, const struct roster_heard *heard)
{
	struct client_address from = client_address_network(heard->from);

	if (heard->proof == PRESENCE_PROVEN || is_trusted(heard))
		return ROSTER_ACCEPTED;
	if (row->is_proven)
		return ROSTER_NEEDS_PROOF;
	if (client_address_equal(&row->from, &from) ||
	    (row->owner != NULL && row->owner == heard->session))
		return ROSTER_ACCEPTED;
	/* A WebSocket outlives its client by a few seconds at most. */
	if (row->owner != NULL)
		return ROSTER_TAKEN;
	if (!row->is_restored &&
	    monotime_since_ms(heard->now, row->heard) < ROSTER_OWNED_MS)
		return ROSTER_TAKEN;
	return ROSTER_ACCEPTED;
}

/* Make room for a peer with a proof, which may have a row already. */
static bool
evict(
    struct roster *roster, const struct roster_row *newcomer, int64_t clock_ms)
{
	struct roster_row *row = TAILQ_FIRST(&roster->by_heard);
	int n;

	for (n = 0; row != NULL && n < EVICT_LOOK_MAX; n++) {
		if (!row->is_proven && row != newcomer) {
			counter_add(&roster_evicted, 1);
			retire(roster, row, NULL, clock_ms);
			return true;
		}
		row = TAILQ_NEXT(row, by_heard);
	}
	return false;
}

static bool
find_room(struct roster *roster, const struct roster_row *row,
    const struct roster_heard *heard, size_t text_len)
{
	if (has_room(roster, row, text_len))
		return true;
	return heard->proof == PRESENCE_PROVEN &&
	       evict(roster, row, heard->clock_ms) &&
	       has_room(roster, row, text_len);
}

static struct roster_row *
add(struct roster *roster, const struct roster_heard *heard)
{
	struct roster_tombstone *left;
	struct roster_row *row;

	row = row_add(roster, heard->message->peer_id, heard->now);
	row->first_seen_ms = heard->clock_ms;
	left = tombstone_find(roster, heard->message->peer_id);
	if (left != NULL) {
		row->proven_ts_ms = left->proven_ts_ms;
		tombstone_remove(roster, left);
	}
	return row;
}

/* A message was taken: update the owner and the time of the row. */
static void
note(struct roster *roster, struct roster_row *row,
    const struct roster_heard *heard, int64_t ts_ms)
{
	row->ts_ms = ts_ms;
	row->heard = heard->now;
	row->from = client_address_network(heard->from);
	row->is_restored = false;
	row_found(roster, row);
	if (heard->session != NULL)
		row_own(roster, row, heard->session);
	TAILQ_REMOVE(&roster->by_heard, row, by_heard);
	TAILQ_INSERT_TAIL(&roster->by_heard, row, by_heard);
}

/* True if the row was unproven before. */
static bool
note_proof(struct roster_row *row, const struct roster_heard *heard)
{
	bool was_proven = row->is_proven;

	if (heard->proof != PRESENCE_PROVEN && !is_trusted(heard))
		return false;
	row->is_proven = true;
	if (heard->session != NULL)
		heard->session->is_trusted = true;
	/* A WebSocket without a proof must not retire a proven row. */
	if (row->owner != NULL && !row->owner->is_trusted) {
		row->owner->row = NULL;
		row->owner = NULL;
	}
	if ((heard->proof == PRESENCE_PROVEN ||
		heard->message->proof != NULL) &&
	    heard->message->ts_ms > row->proven_ts_ms)
		row->proven_ts_ms = heard->message->ts_ms;
	return !was_proven;
}

static void
refresh(struct roster *roster, struct roster_row *row, struct monotime now)
{
	row->bytes_sent += row->text->len;
	if (!roster->tells_refreshes ||
	    monotime_since_ms(now, row->told) < ROSTER_REFRESH_MS)
		return;
	row->told = now;
	say(roster, ROSTER_REFRESHED, row, row->text);
}

/* Pass on a new or changed row. */
static void
tell(struct roster *roster, struct roster_row *row, enum roster_event event,
    const struct roster_heard *heard)
{
	struct shared_text *text = row->text;

	row_renew(roster, row);
	row->told = heard->now;
	row->bytes_sent += text->len;
	if (row->is_online)
		text = row_text_online(text);
	else
		shared_text_ref(text);
	say(roster, event, row, text);
	shared_text_unref(text);
}

static enum roster_verdict
hear_alive(struct roster *roster, struct roster_row *row,
    const struct roster_heard *heard)
{
	const struct presence *message = heard->message;
	enum roster_event event = row == NULL ? ROSTER_JOINED : ROSTER_CHANGED;
	struct shared_text *text = row_text_update(message);
	bool is_news;

	if (!find_room(roster, row, heard, text->len)) {
		shared_text_unref(text);
		return ROSTER_FULL;
	}
	if (row == NULL)
		row = add(roster, heard);
	is_news = note_proof(row, heard) || event == ROSTER_JOINED;
	note(roster, row, heard, message->ts_ms);
	row->is_online = strcmp(message->type, PRESENCE_ONLINE) == 0;

	if (is_news || !row_text_is_same(row->text, row->head, text)) {
		set_text(roster, row, text);
		tell(roster, row, event, heard);
		return ROSTER_ACCEPTED;
	}
	/* For newcomers an old proof is better than none. */
	if (message->proof != NULL || !row_text_has_proof(row->text, row->head))
		set_tail(roster, row, message->ts_ms,
		    bytes_of(message->proof == NULL ? "" : message->proof));
	shared_text_unref(text);
	refresh(roster, row, heard->now);
	return ROSTER_ACCEPTED;
}

static enum roster_verdict
hear_offline(struct roster *roster, struct roster_row *row,
    const struct roster_heard *heard)
{
	struct roster_tombstone *left;
	struct shared_text *text;

	if (row == NULL) {
		left = tombstone_find(roster, heard->message->peer_id);
		if (left != NULL && heard->proof == PRESENCE_PROVEN)
			left->proven_ts_ms = heard->message->ts_ms;
		return ROSTER_ACCEPTED;
	}
	note_proof(row, heard);
	text = row_text_update(heard->message);
	row->bytes_sent += text->len;
	retire(roster, row, text, heard->clock_ms);
	shared_text_unref(text);
	return ROSTER_ACCEPTED;
}

static enum roster_verdict
hear(struct roster *roster, const struct roster_heard *heard)
{
	const struct presence *message = heard->message;
	struct roster_row *row = roster_find(roster, message->peer_id);
	enum roster_verdict verdict = ROSTER_ACCEPTED;

	if (heard->session != NULL &&
	    strcmp(heard->session->peer_id, message->peer_id) != 0)
		return ROSTER_FOREIGN;
	if (is_replayed(roster, row, heard))
		return ROSTER_REPLAYED;
	if (row != NULL)
		verdict = judge(row, heard);
	if (verdict != ROSTER_ACCEPTED)
		return verdict;
	if (strcmp(message->type, PRESENCE_OFFLINE) == 0)
		return hear_offline(roster, row, heard);
	return hear_alive(roster, row, heard);
}

enum roster_verdict
roster_hear(struct roster *roster, const struct roster_heard *heard)
{
	enum roster_verdict verdict = hear(roster, heard);

	tell_connected(roster);
	if (verdicts[verdict].counter != NULL)
		counter_add(verdicts[verdict].counter, 1);
	return verdict;
}

bool
roster_hear_same(
    struct roster *roster, struct bytes json, const struct roster_heard *heard)
{
	struct roster_row *row = heard->session->row;
	struct bytes proof;
	int64_t ts_ms;

	if (row == NULL || (row->is_proven && !is_trusted(heard)) ||
	    !row_text_read_beat(row->text, row->head, json, &ts_ms, &proof))
		return false;
	if (proof.len > 0 &&
	    (!is_trusted(heard) ||
		!presence_proof_is_fresh(ts_ms, heard->clock_ms)))
		return false;
	note(roster, row, heard, ts_ms);
	row->is_online = false;
	if (proof.len > 0 && ts_ms > row->proven_ts_ms)
		row->proven_ts_ms = ts_ms;
	if (proof.len > 0 || !row_text_has_proof(row->text, row->head))
		set_tail(roster, row, ts_ms, proof);
	refresh(roster, row, heard->now);
	tell_connected(roster);
	return true;
}

/* --- history */

struct roster_cursor
roster_now(const struct roster *roster)
{
	return (
	    struct roster_cursor){ roster->past.epoch, roster->past.version };
}

bool
roster_covers(const struct roster *roster, const struct roster_cursor *since)
{
	bool is_unsure = since->version > roster->past.unsure &&
			 since->version <= roster->past.unsure_end;

	return since->epoch == roster->past.epoch &&
	       since->version >= roster->past.floor &&
	       since->version <= roster->past.version && !is_unsure;
}

/* The oldest row after the version; NULL if there is none. */
static const struct roster_row *
first_row(const struct roster *roster, uint64_t version)
{
	const struct roster_row *row, *found = NULL;

	for (row = roster_newest(roster); row != NULL && row->version > version;
	     row = roster_older(row))
		found = row;
	return found;
}

static const struct roster_tombstone *
first_left(const struct roster *roster, uint64_t version)
{
	const struct roster_tombstone *left, *found = NULL;

	for (left = TAILQ_LAST(&roster->left_by_version, roster_tombstones);
	     left != NULL && left->version > version;
	     left = TAILQ_PREV(left, roster_tombstones, next))
		found = left;
	return found;
}

void
roster_since(const struct roster *roster, const struct roster_cursor *since,
    roster_change_fn *visit, void *arg)
{
	const struct roster_row *row = first_row(roster, since->version);
	const struct roster_tombstone *left =
	    first_left(roster, since->version);
	struct roster_change change;
	bool goes_on = true;

	while (goes_on && (row != NULL || left != NULL)) {
		if (left == NULL ||
		    (row != NULL && row->version < left->version)) {
			change = (struct roster_change){ row->version,
				row->peer_id, row, row->ts_ms,
				row->proven_ts_ms, row->text };
			row = roster_newer(row);
		} else {
			change = (struct roster_change){ left->version,
				left->peer_id, NULL, left->ts_ms,
				left->proven_ts_ms, left->text };
			left = TAILQ_NEXT(left, next);
		}
		goes_on = visit(&change, arg);
	}
}

struct roster_past
roster_get_past(const struct roster *roster)
{
	return roster->past;
}

void
roster_set_past(struct roster *roster, const struct roster_past *past)
{
	roster->past = *past;
}

/* Read a stored text; another version of this server may have written it, or
 * anything else. */
static int
restored_read(const struct roster_restored *restored, struct presence *ret)
{
	if (message_decode_json(
		&presence_server_message, restored->text, ret, NULL) < 0)
		return -EINVAL;
	if (ret->peer_id[0] != '\0' &&
	    strcmp(ret->peer_id, restored->peer_id) == 0 &&
	    strcmp(ret->type, PRESENCE_UPDATE) == 0)
		return 0;
	presence_fini(ret);
	return -EINVAL;
}

static bool
is_known(const struct roster *roster, const char *peer_id)
{
	return roster_find(roster, peer_id) != NULL ||
	       tombstone_find(roster, peer_id) != NULL;
}

int
roster_restore_row(struct roster *roster,
    const struct roster_restored *restored, struct monotime now)
{
	struct presence message;
	struct roster_row *row;

	if (is_known(roster, restored->peer_id) ||
	    restored->version > roster->past.version)
		return -EINVAL;
	if (!has_room(roster, NULL, restored->text.len))
		return -ENOSPC;
	if (restored_read(restored, &message) < 0)
		return -EINVAL;
	row = row_add(roster, message.peer_id, now);
	set_text(roster, row, row_text_update(&message));
	row->version = restored->version;
	row->ts_ms = message.ts_ms;
	row->proven_ts_ms = restored->proven_ts_ms;
	row->first_seen_ms = restored->first_seen_ms;
	row->bytes_sent = restored->bytes_sent;
	row->is_online = restored->is_online;
	row->is_proven = restored->is_proven;
	row->is_restored = true;
	presence_fini(&message);
	return 0;
}

int
roster_restore_left(struct roster *roster, const struct roster_change *change)
{
	if (is_known(roster, change->peer_id) || change->peer_id[0] == '\0' ||
	    change->version > roster->past.version ||
	    strlen(change->peer_id) > RENDEZVOUS_PEER_ID_MAX)
		return -EINVAL;
	tombstone_add(roster, change);
	return 0;
}

int
roster_restore_gone(struct roster *roster,
    const struct roster_restored *restored, int64_t clock_ms)
{
	struct roster_change gone = { ++roster->past.version, restored->peer_id,
		NULL, clock_ms, restored->proven_ts_ms, NULL };

	return roster_restore_left(roster, &gone);
}
