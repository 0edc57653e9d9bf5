#include "goop-discoveryd/rendezvous/server_filter.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_verify.h"
#include "goop-discoveryd/peers/peer_addresses.h"
#include "proto/discovery_ops.h"
#include "common/presence/presence_proof.h"

COUNTER(wan_too_large, "messages of rendezvous servers over the size limit");
COUNTER(wan_too_fast, "messages over the rate of a rendezvous server");
COUNTER(wan_malformed, "messages of rendezvous servers that broke a limit");
COUNTER(wan_disproven, "messages of rendezvous servers with a wrong proof");
COUNTER(wan_unproven, "unproven messages about a peer that proved itself");
COUNTER(wan_repeated, "proven messages older than one heard before");
COUNTER(wan_in_our_name, "messages in our name that are not ours");
COUNTER(wan_punches_refused, "requests to dial over the rate of a server");

/* Over the peer table's limits texts are cut (proto/discovery_ops.c); the
 * contract allows more. */
enum { LABEL_KEPT = GOOP_LABEL_MAX, AVATAR_KEPT = 64, TEMPLATE_KEPT = 128 };

struct server_filter {
	struct peer_id self;
	int64_t started_ms;
	rendezvous_client_known_fn *known;
	void *arg;
	int64_t own[WAN_OWN_KEPT];
	size_t own_count;
	struct token_bucket bucket, punches;
	bool has_clock; /* the buckets are running */
	bool is_lossy;
};

struct server_filter *
server_filter_new(const struct peer_id *self, int64_t wall_ms,
    rendezvous_client_known_fn *known, void *arg)
{
	struct server_filter *guard = xzalloc(sizeof(*guard));

	guard->self = *self;
	guard->started_ms = wall_ms;
	guard->known = known;
	guard->arg = arg;
	return guard;
}

void
server_filter_free(struct server_filter *guard)
{
	free(guard);
}

void
server_filter_sent(struct server_filter *guard, int64_t ts_ms)
{
	guard->own[guard->own_count++ % WAN_OWN_KEPT] = ts_ms;
}

bool
server_filter_take_lossy(struct server_filter *guard)
{
	bool was_lossy = guard->is_lossy;

	guard->is_lossy = false;
	return was_lossy;
}

static bool
is_sent(const struct server_filter *guard, int64_t ts_ms)
{
	size_t i;

	for (i = 0; i < WAN_OWN_KEPT && i < guard->own_count; i++)
		if (guard->own[i] == ts_ms)
			return true;
	return false;
}

static bool
is_type(const struct presence *message, const char *type)
{
	return strcmp(message->type, type) == 0;
}

/* --- what is taken over */

/* At most max bytes of well-formed UTF-8 are kept, in whole characters. */
static const char *
copy_text(const char *text, size_t max)
{
	char *copy;
	size_t len;

	if (text == NULL)
		return NULL;
	len = strlen(text);
	if (len > max)
		for (len = max; len > 0 && (text[len] & 0xc0) == 0x80; len--)
			;
	copy = xstrndup(text, len);
	text_make_printable(copy);
	return copy;
}

static void
take_presence(const struct presence *message, struct presence *ret)
{
	*ret = (struct presence){
		.type = copy_text(message->type, SIZE_MAX),
		.peer_id = copy_text(message->peer_id, GOOP_PEER_TEXT_MAX),
		.content = copy_text(message->content, LABEL_KEPT),
		.email = copy_text(message->email, SIZE_MAX),
		.avatar_hash = copy_text(message->avatar_hash, AVATAR_KEPT),
		.video_disabled = message->video_disabled,
		.active_template =
		    copy_text(message->active_template, TEMPLATE_KEPT),
		.encryption_supported = message->encryption_supported,
		.client_version = copy_text(message->client_version, SIZE_MAX),
		.ts_ms = message->ts_ms,
	};
}

void
wan_heard_fini(struct wan_heard *heard)
{
	presence_fini(&heard->presence);
	strings_free(&heard->addresses);
}

/* --- judging what could be read */

/* Our own name. Servers of the original pass no proofs on, and what is without
 * one may be of our last run; a forger's makes the server mistaken. */
static enum wan_verdict
judge_own(const struct server_filter *guard, const struct wan_said *said,
    const struct presence *message)
{
	bool is_older = message->ts_ms <= guard->started_ms + said->ahead_ms;

	if (is_type(message, PRESENCE_OFFLINE))
		return WAN_MISTAKEN; /* we are here, whoever said it */
	if (is_sent(guard, message->ts_ms) ||
	    is_type(message, RENDEZVOUS_PUNCH))
		return WAN_ECHO;
	if (presence_verify(message) == PRESENCE_PROVEN)
		return is_older ? WAN_ECHO : WAN_DOUBLE;
	if (is_older)
		return WAN_ECHO;
	counter_add(&wan_in_our_name, 1);
	log_stranger("rendezvous: somebody publishes in our name, unproven");
	return WAN_MISTAKEN;
}

static enum wan_verdict
judge_punch(struct server_filter *guard, const struct wan_said *said,
    const struct presence *message, struct wan_heard *ret)
{
	struct peer_id target;

	/* Older servers tell everybody's to everybody (reference 4). */
	if (message->target == NULL ||
	    peer_id_parse(message->target, &target) < 0 ||
	    !peer_id_equal(&target, &guard->self))
		return WAN_DROPPED;
	if (!token_bucket_take(&guard->punches, 1, said->now)) {
		counter_add(&wan_punches_refused, 1);
		return WAN_DROPPED;
	}
	peer_addresses_filter(&message->addrs, &ret->peer, &ret->addresses);
	return ret->addresses.count > 0 ? WAN_PUNCH : WAN_DROPPED;
}

/* Whether a right signature counts: it must be no older than another one of
 * the peer, and of now, unless the server lists what it heard earlier. */
static bool
proof_counts(const struct wan_said *said,
    const struct rendezvous_client_known *known, struct wan_heard *ret)
{
	if (known->is_proven && ret->presence.ts_ms < known->ts_ms) {
		counter_add(&wan_repeated, 1);
		return false;
	}
	ret->is_fresh = presence_proof_is_fresh(
	    ret->presence.ts_ms, said->wall_ms + said->ahead_ms);
	ret->is_proven = ret->is_fresh || said->is_listing;
	ret->is_fresh &= !said->is_listing;
	return true;
}

/* Unproven words about somebody who proves his: not counted, but for the
 * server's own, that it has lost him. */
static bool
unproven_counts(
    const struct rendezvous_client_known *known, const struct wan_heard *heard)
{
	if (heard->is_proven || !known->is_proven ||
	    strcmp(heard->presence.type, PRESENCE_OFFLINE) == 0)
		return true;
	counter_add(&wan_unproven, 1);
	return false;
}

/* A server that was killed lists what it had saved: still, the peer is there.
 */
static enum wan_verdict
judge_older(const struct wan_said *said, const struct wan_heard *heard)
{
	bool is_there = strcmp(heard->presence.type, PRESENCE_OFFLINE) != 0;

	return said->is_listing && is_there ? WAN_NAMED : WAN_DROPPED;
}

static enum wan_verdict
judge_presence(struct server_filter *guard, const struct wan_said *said,
    struct presence *message, struct wan_heard *ret)
{
	enum presence_proof proof = presence_verify(message);
	struct rendezvous_client_known known = { false, 0 };

	if (proof == PRESENCE_DISPROVEN) {
		counter_add(&wan_disproven, 1);
		return WAN_DROPPED;
	}
	guard->known(&ret->peer, &known, guard->arg);
	peer_addresses_filter(&message->addrs, &ret->peer, &ret->addresses);
	take_presence(message, &ret->presence);
	ret->is_verified = message->verified;
	if (proof == PRESENCE_PROVEN && !proof_counts(said, &known, ret))
		return judge_older(said, ret);
	return unproven_counts(&known, ret) ? WAN_HEARD : WAN_DROPPED;
}

static enum wan_verdict
judge(struct server_filter *guard, const struct wan_said *said,
    struct presence *message, struct wan_heard *ret)
{
	if (peer_id_parse(message->peer_id, &ret->peer) < 0) {
		counter_add(&wan_malformed, 1);
		return WAN_DROPPED;
	}
	if (peer_id_equal(&ret->peer, &guard->self))
		return judge_own(guard, said, message);
	if (is_type(message, RENDEZVOUS_PUNCH))
		return judge_punch(guard, said, message, ret);
	if (is_type(message, PRESENCE_ONLINE) ||
	    is_type(message, PRESENCE_UPDATE) ||
	    is_type(message, PRESENCE_OFFLINE))
		return judge_presence(guard, said, message, ret);
	return WAN_DROPPED; /* of a later version: no fault (reference 0.1) */
}

static bool
take_token(struct server_filter *guard, struct monotime now)
{
	if (!guard->has_clock) {
		guard->has_clock = true;
		token_bucket_init(
		    &guard->bucket, WAN_BURST, WAN_PER_SECOND, now);
		token_bucket_init(&guard->punches, WAN_PUNCH_BURST,
		    WAN_PUNCH_PER_SECOND, now);
	}
	return token_bucket_take(&guard->bucket, 1, now);
}

enum wan_verdict
server_filter_check(struct server_filter *guard, const struct wan_said *said,
    struct wan_heard *ret)
{
	struct presence message;
	enum wan_verdict verdict;

	memset(ret, 0, sizeof(*ret));
	if (said->json.len > RENDEZVOUS_MESSAGE_MAX) {
		counter_add(&wan_too_large, 1);
		return WAN_DROPPED;
	}
	if (!take_token(guard, said->now)) {
		counter_add(&wan_too_fast, 1);
		guard->is_lossy = true;
		return WAN_DROPPED;
	}
	if (message_decode_json(
		&presence_server_message, said->json, &message, NULL) < 0) {
		counter_add(&wan_malformed, 1);
		return WAN_DROPPED;
	}
	verdict = judge(guard, said, &message, ret);
	presence_fini(&message);
	if (verdict != WAN_HEARD && verdict != WAN_PUNCH)
		wan_heard_fini(ret);
	return verdict;
}
