#include <stdlib.h>
#include <string.h>

#include "common/base/base64.h"
#include "common/base/counter.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/roster/roster_private.h"
#include "common/presence/presence_proof.h"

COUNTER(roster_needs_proof, "unproven messages for a proven peer");
COUNTER(roster_taken, "messages for a peer that is online from elsewhere");
COUNTER(roster_foreign, "messages on a WebSocket of another peer");
COUNTER(roster_replayed, "proven messages that were said before");
COUNTER(roster_full, "newcomers to a full roster");
COUNTER(roster_evicted, "unproven peers that made room for a proven one");

/* Silent rows that are looked at for one to evict. */
enum { EVICT_LOOK_MAX = 64 };

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

static bool
is_from(const struct roster_row *row, const struct roster_heard *heard)
{
	struct client_address from = client_address_network(heard->from);

	return client_address_equal(&row->from, &from);
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
	left = roster_tombstone_find(roster, heard->message->peer_id);
	return left != NULL && heard->message->ts_ms <= left->proven_ts_ms;
}

/* May the message speak for the row? */
static enum roster_verdict
judge(const struct roster_row *row, const struct roster_heard *heard)
{
	if (heard->proof == PRESENCE_PROVEN || is_trusted(heard))
		return ROSTER_ACCEPTED;
	if (row->is_proven)
		return ROSTER_NEEDS_PROOF;
	if (is_from(row, heard) ||
	    (row->owner != NULL && row->owner == heard->session))
		return ROSTER_ACCEPTED;
	/* A WebSocket is there at most some seconds longer than its client. */
	if (row->owner != NULL)
		return ROSTER_TAKEN;
	if (!row->is_restored &&
	    monotime_since_ms(heard->now, row->heard) < ROSTER_OWNED_MS)
		return ROSTER_TAKEN;
	return ROSTER_ACCEPTED;
}

/* Make room for somebody who proves to be there, and may have a row. */
static bool
evict(
    struct roster *roster, const struct roster_row *newcomer, int64_t clock_ms)
{
	struct roster_row *row = TAILQ_FIRST(&roster->by_heard);
	int n;

	for (n = 0; row != NULL && n < EVICT_LOOK_MAX; n++) {
		if (!row->is_proven && row != newcomer) {
			counter_add(&roster_evicted, 1);
			roster_retire(roster, row, NULL, clock_ms);
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
	if (roster_has_room(roster, row, text_len))
		return true;
	return heard->proof == PRESENCE_PROVEN &&
	       evict(roster, row, heard->clock_ms) &&
	       roster_has_room(roster, row, text_len);
}

static struct roster_row *
add(struct roster *roster, const struct roster_heard *heard)
{
	struct roster_tombstone *left;
	struct roster_row *row;

	row = roster_row_add(roster, heard->message->peer_id, heard->now);
	row->first_seen_ms = heard->clock_ms;
	left = roster_tombstone_find(roster, heard->message->peer_id);
	if (left != NULL) {
		row->proven_ts_ms = left->proven_ts_ms;
		roster_tombstone_remove(roster, left);
	}
	return row;
}

/* It was heard: who has it now, and until when. */
static void
note(struct roster *roster, struct roster_row *row,
    const struct roster_heard *heard, int64_t ts_ms)
{
	row->ts_ms = ts_ms;
	row->heard = heard->now;
	row->from = client_address_network(heard->from);
	row->is_restored = false;
	roster_row_found(roster, row);
	if (heard->session != NULL)
		roster_row_own(roster, row, heard->session);
	TAILQ_REMOVE(&roster->by_heard, row, by_heard);
	TAILQ_INSERT_TAIL(&roster->by_heard, row, by_heard);
}

static void
note_token(struct roster_row *row, const char *token)
{
	if (token != NULL && row->token != NULL &&
	    strcmp(token, row->token) == 0)
		return;
	free(row->token);
	row->token = token == NULL ? NULL : xstrdup(token);
}

/* True if this proved what was unproven. */
static bool
note_proof(struct roster_row *row, const struct roster_heard *heard)
{
	bool was_proven = row->is_proven;

	if (heard->proof != PRESENCE_PROVEN && !is_trusted(heard))
		return false;
	row->is_proven = true;
	if (heard->session != NULL)
		heard->session->is_trusted = true;
	/* A WebSocket that proved nothing retires no proven row. */
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
	roster_say(roster, ROSTER_REFRESHED, row, row->text);
}

/* A newcomer, or news. */
static void
tell(struct roster *roster, struct roster_row *row, enum roster_event event,
    const struct roster_heard *heard)
{
	struct shared_text *text = row->text;

	roster_row_renew(roster, row);
	row->told = heard->now;
	row->bytes_sent += text->len;
	if (row->is_online)
		text = roster_text_online(text);
	else
		shared_text_ref(text);
	roster_say(roster, event, row, text);
	shared_text_unref(text);
}

static enum roster_verdict
hear_alive(struct roster *roster, struct roster_row *row,
    const struct roster_heard *heard)
{
	const struct presence *message = heard->message;
	enum roster_event event = row == NULL ? ROSTER_JOINED : ROSTER_CHANGED;
	struct shared_text *text = roster_text_of(message);
	bool is_news;

	if (!find_room(roster, row, heard, text->len)) {
		shared_text_unref(text);
		return ROSTER_FULL;
	}
	if (row == NULL)
		row = add(roster, heard);
	is_news = note_proof(row, heard) || event == ROSTER_JOINED;
	note(roster, row, heard, message->ts_ms);
	note_token(row, message->verification_token);
	row->is_online = strcmp(message->type, PRESENCE_ONLINE) == 0;

	if (is_news || !roster_row_says(row, text)) {
		roster_row_set_text(roster, row, text);
		tell(roster, row, event, heard);
		return ROSTER_ACCEPTED;
	}
	/* Newcomers rather get an old proof than none. */
	if (message->proof != NULL || !roster_row_has_proof(row))
		roster_row_set_tail(roster, row, message->ts_ms,
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
		left = roster_tombstone_find(roster, heard->message->peer_id);
		if (left != NULL && heard->proof == PRESENCE_PROVEN)
			left->proven_ts_ms = heard->message->ts_ms;
		return ROSTER_ACCEPTED;
	}
	note_proof(row, heard);
	text = roster_text_of(heard->message);
	row->bytes_sent += text->len;
	roster_retire(roster, row, text, heard->clock_ms);
	shared_text_unref(text);
	return ROSTER_ACCEPTED;
}

static enum roster_verdict
hear(struct roster *roster, const struct roster_heard *heard)
{
	const struct presence *message = heard->message;
	struct roster_row *row = roster_row_find(roster, message->peer_id);
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

	roster_tell_connected(roster);
	if (verdicts[verdict].counter != NULL)
		counter_add(verdicts[verdict].counter, 1);
	return verdict;
}

/* --- the short way */

/* The end of a message: ts, and nothing or a proof behind it. */
static bool
read_tail(struct bytes tail, uint64_t *ret_ts, struct bytes *ret_proof)
{
	uint8_t signature[PRESENCE_SIGNATURE_SIZE];
	struct bytes digits = { tail.data, 0 };
	size_t len;

	if (!bytes_skip(&tail, "\"ts\":"))
		return false;
	digits.data = tail.data;
	while (digits.len < tail.len && tail.data[digits.len] >= '0' &&
	       tail.data[digits.len] <= '9')
		digits.len++;
	if (digits.len == 0 || digits.data[0] == '0' ||
	    text_parse_u64(digits, ret_ts) < 0 || *ret_ts > INT64_MAX)
		return false;
	tail.data += digits.len;
	tail.len -= digits.len;
	*ret_proof = (struct bytes){ NULL, 0 };
	if (!bytes_skip(&tail, ",\"proof\":\""))
		return bytes_equal(tail, bytes_of("}"));
	*ret_proof = (struct bytes){ tail.data, RENDEZVOUS_PROOF_MAX };
	return tail.len == RENDEZVOUS_PROOF_MAX + strlen("\"}") &&
	       memcmp(tail.data + RENDEZVOUS_PROOF_MAX, "\"}", 2) == 0 &&
	       base64_parse(*ret_proof, signature, sizeof(signature), &len) ==
		   0 &&
	       len == sizeof(signature);
}

bool
roster_hear_same(
    struct roster *roster, struct bytes json, const struct roster_heard *heard)
{
	struct roster_row *row = heard->session->row;
	struct bytes proof;
	uint64_t ts;

	if (row == NULL || (row->is_proven && !is_trusted(heard)) ||
	    json.len <= row->tail ||
	    memcmp(json.data, row->text->data, row->tail) != 0 ||
	    !read_tail(
		(struct bytes){ json.data + row->tail, json.len - row->tail },
		&ts, &proof))
		return false;
	if (proof.len > 0 &&
	    (!is_trusted(heard) ||
		!presence_proof_is_fresh((int64_t)ts, heard->clock_ms)))
		return false;
	note(roster, row, heard, (int64_t)ts);
	row->is_online = false;
	if (proof.len > 0 && (int64_t)ts > row->proven_ts_ms)
		row->proven_ts_ms = (int64_t)ts;
	if (proof.len > 0 || !roster_row_has_proof(row))
		roster_row_set_tail(roster, row, (int64_t)ts, proof);
	refresh(roster, row, heard->now);
	roster_tell_connected(roster);
	return true;
}
