#include "goop-rendezvousd/service/punch_hints.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"
#include "proto/field_json.h"

COUNTER(punch_hints_told, "hints to dial a peer that were sent");
COUNTER(punch_hints_limited, "hints left out over the rate limit");

/* Which peer was told to dial which; by hashes: a collision costs one hint. */
struct punch_pair {
	uint32_t dialled, target;
};
struct punch_told {
	struct punch_pair pair;
	struct monotime at;
	UT_hash_handle hh; /* the oldest first */
};

struct punch_hints {
	const struct roster *roster;
	punch_tell_fn *tell;
	void *arg;
	struct punch_told *told;
	struct token_bucket bucket;
	bool has_begun;
};

struct punch_hints *
punch_hints_new(const struct roster *roster, punch_tell_fn *tell, void *arg)
{
	struct punch_hints *hints = xzalloc(sizeof(*hints));

	hints->roster = roster;
	hints->tell = tell;
	hints->arg = arg;
	return hints;
}

static void
forget(struct punch_hints *hints, struct punch_told *told)
{
	HASH_DEL(hints->told, told);
	free(told);
}

void
punch_hints_free(struct punch_hints *hints)
{
	if (hints == NULL)
		return;
	while (hints->told != NULL)
		forget(hints, hints->told);
	free(hints);
}

static struct punch_pair
pair_of(const struct roster_row *dialled, const struct roster_row *target)
{
	return (struct punch_pair){
		hash_seeded(dialled->peer_id, strlen(dialled->peer_id)),
		hash_seeded(target->peer_id, strlen(target->peer_id)),
	};
}

static bool
is_told(const struct punch_hints *hints, const struct punch_pair *pair)
{
	struct punch_told *told;

	HASH_FIND(hh, hints->told, pair, sizeof(*pair), told);
	return told != NULL;
}

static void
note(struct punch_hints *hints, const struct punch_pair *pair,
    struct monotime now)
{
	struct punch_told *told;

	if (HASH_COUNT(hints->told) >= PUNCH_PAIRS_MAX)
		forget(hints, hints->told);
	told = xzalloc(sizeof(*told));
	told->pair = *pair;
	told->at = now;
	HASH_ADD(hh, hints->told, pair, sizeof(told->pair), told);
}

/* Forget pairs older than a minute. */
static void
begin(struct punch_hints *hints, struct monotime now)
{
	if (!hints->has_begun)
		token_bucket_init(
		    &hints->bucket, PUNCH_BURST, PUNCH_PER_SECOND, now);
	hints->has_begun = true;
	while (hints->told != NULL &&
	       monotime_since_ms(now, hints->told->at) >= PUNCH_AGAIN_MS)
		forget(hints, hints->told);
}

/* {"type":"punch","peerId":the peer to dial,"target":the one to dial it,...} */
static struct shared_text *
hint_of(const struct roster_row *dialled, const struct roster_row *target,
    int64_t clock_ms)
{
	struct presence said, hint = { .type = RENDEZVOUS_PUNCH };
	struct shared_text *text;
	struct buffer json;

	if (message_decode_json(&presence_server_message,
		shared_text_bytes(dialled->text), &said, NULL) < 0)
		bug("punch hints: unreadable text in the roster");
	hint.peer_id = said.peer_id;
	hint.target = target->peer_id;
	hint.addrs = said.addrs;
	hint.ts_ms = clock_ms;
	buffer_init(&json, 2 * RENDEZVOUS_MESSAGE_MAX);
	if (message_encode_json(&presence_server_message, &hint, &json) < 0)
		bug("punch hints: unwritable hint");
	text = shared_text_new(buffer_bytes(&json));
	buffer_fini(&json);
	presence_fini(&said);
	return text;
}

/* True if a hint was sent to target. */
static bool
hint(struct punch_hints *hints, const struct roster_row *dialled,
    const struct roster_row *target, struct monotime now, int64_t clock_ms)
{
	struct punch_pair pair = pair_of(dialled, target);
	struct shared_text *text;
	bool was_told;

	if (target->owner == NULL || is_told(hints, &pair))
		return false;
	if (!token_bucket_take(&hints->bucket, 1, now)) {
		counter_add(&punch_hints_limited, 1);
		return false;
	}
	text = hint_of(dialled, target, clock_ms);
	was_told = hints->tell(target, text, hints->arg);
	shared_text_unref(text);
	if (!was_told)
		return false;
	counter_add(&punch_hints_told, 1);
	note(hints, &pair, now);
	return true;
}

/* Tell row of its newest partners and, if is_both, them of row. */
static void
hint_partners(struct punch_hints *hints, const struct roster_row *row,
    bool is_both, struct monotime now, int64_t clock_ms)
{
	const struct roster_row *partner = roster_newest(hints->roster);
	int looked, partners = 0;
	bool told;

	begin(hints, now);
	for (looked = 0; partner != NULL && looked < PUNCH_LOOK_MAX &&
			 partners < PUNCH_PARTNERS_MAX;
	     looked++, partner = roster_older(partner)) {
		if (partner == row || partner->addrs_mark == 0)
			continue;
		told = is_both && hint(hints, row, partner, now, clock_ms);
		told |= hint(hints, partner, row, now, clock_ms);
		partners += told;
	}
}

void
punch_hints_moved(struct punch_hints *hints, const struct roster_row *row,
    struct monotime now, int64_t clock_ms)
{
	if (row->has_new_addresses && row->addrs_mark != 0)
		hint_partners(hints, row, true, now, clock_ms);
}

void
punch_hints_connected(struct punch_hints *hints, const struct roster_row *row,
    struct monotime now, int64_t clock_ms)
{
	if (row->addrs_mark != 0 &&
	    clock_ms - row->first_seen_ms <= PUNCH_NEW_MS)
		hint_partners(hints, row, false, now, clock_ms);
}
