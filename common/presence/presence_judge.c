#include "common/presence/presence_judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_addresses.h"
#include "common/presence/presence_proof.h"
#include "proto/field_json.h"
#include "proto/field_member.h"

enum { WHY_SIZE = 128, TYPE_SHOWN_MAX = 32 };

static enum presence_verdict __attribute__((format(printf, 3, 4)))
refuse(const char **why, enum presence_verdict verdict, const char *format, ...)
{
	static char text[WHY_SIZE];
	va_list args;

	if (why == NULL)
		return verdict;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_make_printable(text);
	*why = text;
	return verdict;
}

/* --- our own messages */

void
presence_own_sent(struct presence_own *own, int64_t ts_ms)
{
	own->sent[own->sent_count++ % PRESENCE_SENT_KEPT] = ts_ms;
}

static bool
is_sent(const struct presence_own *own, int64_t ts_ms)
{
	size_t i;

	for (i = 0; i < PRESENCE_SENT_KEPT && i < own->sent_count; i++)
		if (own->sent[i] == ts_ms)
			return true;
	return false;
}

/* On GossipSub, signed by us. An offline may be that of our last run, still
 * under way. */
static enum presence_verdict
judge_own_gossip(
    const struct presence_own *own, const struct presence *presence)
{
	return is_sent(own, presence->ts_ms) ||
		       presence_is(presence, PRESENCE_OFFLINE)
		   ? PRESENCE_ECHO
		   : PRESENCE_DOUBLE;
}

/* Servers of the original pass no proofs on, so a message without one may be
 * that of our last run; a forged one makes the server mistaken. */
static enum presence_verdict
judge_own(const struct presence_source *source, const struct presence *presence)
{
	const struct presence_own *own = source->own;
	bool is_older = presence->ts_ms <= own->started_ms + source->ahead_ms;

	if (source->channel == PRESENCE_BY_GOSSIP)
		return judge_own_gossip(own, presence);
	if (presence_is(presence, PRESENCE_OFFLINE))
		return PRESENCE_MISTAKEN; /* we are here */
	if (is_sent(own, presence->ts_ms) ||
	    presence_is(presence, RENDEZVOUS_PUNCH))
		return PRESENCE_ECHO;
	if (presence_verify(presence) == PRESENCE_PROVEN)
		return is_older ? PRESENCE_ECHO : PRESENCE_DOUBLE;
	return is_older ? PRESENCE_ECHO : PRESENCE_FORGED;
}

/* --- a publisher's message: read without limits, so that the answer can say
 * what is wrong, and brought into form */

static bool
is_blank(char c)
{
	return c != '\0' && strchr(" \t\r\n\v\f", c) != NULL;
}

/* True if something was removed. */
static bool
trim(const char **member)
{
	const char *text = *member;
	size_t start = 0, len;

	if (text == NULL)
		return false;
	while (is_blank(text[start]))
		start++;
	len = strlen(text + start);
	while (len > 0 && is_blank(text[start + len - 1]))
		len--;
	if (start == 0 && text[len] == '\0')
		return false;
	*member = xstrndup(text + start, len);
	text_free(text);
	return true;
}

static bool
is_empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}

static void
drop_proof(struct presence_heard *heard)
{
	if (heard->presence.proof == NULL)
		return;
	text_replace(&heard->presence.proof, NULL);
	heard->has_lost_proof = true;
}

/* True if something that is signed was changed. */
static bool
normalise(struct presence *presence, const char *session_peer_id)
{
	bool is_changed = trim(&presence->type);

	is_changed |= trim(&presence->peer_id);
	if (is_empty(presence->peer_id) && session_peer_id != NULL) {
		text_replace(&presence->peer_id, session_peer_id);
		is_changed = true;
	}
	presence->verified = presence->full = false;
	text_replace(&presence->target, NULL);
	text_replace(&presence->cursor, NULL);
	return is_changed;
}

static enum presence_verdict
check_addresses(const struct strings *addresses, const char **why)
{
	size_t i;

	if (addresses->count > RENDEZVOUS_ADDRS_MAX)
		return refuse(
		    why, PRESENCE_BAD_FIELD, "bad message: too many addrs");
	for (i = 0; i < addresses->count; i++)
		if (strlen(addresses->items[i]) > RENDEZVOUS_ADDR_MAX)
			return refuse(why, PRESENCE_BAD_FIELD,
			    "bad message: addr too long");
	return PRESENCE_HEARD;
}

/* Each text within its limit, which the table has. */
static enum presence_verdict
check_lengths(const struct presence *presence, const char **why)
{
	const struct field *field = presence_server_message.fields;
	enum presence_verdict verdict = PRESENCE_HEARD;
	const char *text;

	for (; field->kind != FIELD_KIND_END && verdict == PRESENCE_HEARD;
	     field++) {
		if (field->kind == FIELD_KIND_STRS)
			verdict = check_addresses(&presence->addrs, why);
		if (field->kind != FIELD_KIND_STR)
			continue;
		text = *field_text(field, presence);
		if (text != NULL && strlen(text) > (size_t)field->max)
			verdict = refuse(why, PRESENCE_BAD_FIELD,
			    "bad message: %s too long", field->key);
	}
	return verdict;
}

/* --- the parts of a judgement */

static const struct message *
form_read(enum presence_channel channel)
{
	switch (channel) {
	case PRESENCE_BY_GOSSIP:
		return &presence_gossip_message;
	case PRESENCE_BY_SERVER:
		return &presence_server_message;
	default:
		return &presence_published_message;
	}
}

static enum presence_verdict
read_message(struct bytes json, const struct presence_source *source,
    struct presence *ret, const char **why)
{
	size_t max = source->channel == PRESENCE_BY_GOSSIP
			 ? PRESENCE_GOSSIP_MAX
			 : RENDEZVOUS_MESSAGE_MAX;

	if (json.len > max)
		return refuse(why, PRESENCE_TOO_LONG, "bad message: too long");
	if (message_decode_json(form_read(source->channel), json, ret, NULL) <
	    0)
		return refuse(why, PRESENCE_BAD_JSON, "bad json");
	return PRESENCE_HEARD;
}

static enum presence_verdict
check_type(const struct presence *presence, const char **why)
{
	if (presence_is(presence, PRESENCE_ONLINE) ||
	    presence_is(presence, PRESENCE_UPDATE) ||
	    presence_is(presence, PRESENCE_OFFLINE))
		return PRESENCE_HEARD;
	return refuse(why, PRESENCE_BAD_TYPE,
	    "bad message: unknown type \"%.*s\"", TYPE_SHOWN_MAX,
	    presence->type);
}

/* Only the original's order of complaints decides which one is made. */
static enum presence_verdict
check_published(const struct presence *presence, const char **why)
{
	CLEANUP_FREE char *peer_id = NULL;
	enum presence_verdict verdict;

	if (is_empty(presence->type) || is_empty(presence->peer_id))
		return refuse(why, PRESENCE_BAD_FIELD,
		    "bad message: type and peerId are required");
	verdict = check_type(presence, why);
	if (verdict == PRESENCE_HEARD)
		verdict = check_lengths(presence, why);
	peer_id = xstrdup(presence->peer_id);
	if (verdict == PRESENCE_HEARD && text_make_printable(peer_id))
		verdict = refuse(why, PRESENCE_BAD_PEER,
		    "bad message: peerId has control characters");
	return verdict;
}

/* Which peer it speaks of, and whether the sender may. A publisher's peerId
 * may be any text: the original's server takes it. */
static enum presence_verdict
check_peer(const struct presence_source *source, struct presence_heard *heard)
{
	if (peer_id_parse(heard->presence.peer_id, &heard->peer) < 0) {
		heard->peer.len = 0;
		return source->channel == PRESENCE_BY_PUBLISHER ? PRESENCE_HEARD
		       : source->channel == PRESENCE_BY_GOSSIP
			   ? PRESENCE_NOT_AUTHOR
			   : PRESENCE_BAD_PEER;
	}
	if (source->channel == PRESENCE_BY_GOSSIP &&
	    !peer_id_equal(&heard->peer, source->author))
		return PRESENCE_NOT_AUTHOR;
	return PRESENCE_HEARD;
}

/* On a trusted WebSocket a proof is only passed on, and removed if it is old.
 * Otherwise it has to be right, and of now. */
static enum presence_verdict
check_published_proof(const struct presence_source *source,
    struct presence_heard *heard, const char **why)
{
	struct presence *presence = &heard->presence;
	bool is_fresh =
	    presence_proof_is_fresh(presence->ts_ms, source->clock_ms);

	if (is_empty(presence->proof) || (source->is_trusted && !is_fresh)) {
		text_replace(&presence->proof, NULL);
		return PRESENCE_HEARD;
	}
	if (source->is_trusted)
		return PRESENCE_HEARD;
	if (!is_fresh)
		return refuse(why, PRESENCE_NOT_NOW,
		    "bad message: ts is more than %d seconds "
		    "from the server's clock",
		    PRESENCE_PROOF_AGE_MS / 1000);
	heard->proof = presence_verify(presence);
	if (heard->proof == PRESENCE_DISPROVEN)
		return refuse(why, PRESENCE_WRONG_PROOF,
		    "bad message: the proof is wrong");
	heard->is_proven = heard->is_fresh = heard->proof == PRESENCE_PROVEN;
	return PRESENCE_HEARD;
}

/* A right proof counts if it is of now, or if the server lists what it heard
 * earlier. */
static enum presence_verdict
check_proof(const struct presence_source *source, struct presence_heard *heard,
    const char **why)
{
	if (source->channel == PRESENCE_BY_PUBLISHER)
		return check_published_proof(source, heard, why);
	if (source->channel == PRESENCE_BY_GOSSIP) {
		heard->proof = PRESENCE_PROVEN; /* GossipSub's signature */
		heard->is_proven = heard->is_fresh = true;
		return PRESENCE_HEARD;
	}
	heard->proof = presence_verify(&heard->presence);
	if (heard->proof == PRESENCE_DISPROVEN)
		return PRESENCE_WRONG_PROOF;
	if (heard->proof == PRESENCE_UNPROVEN)
		return PRESENCE_HEARD;
	heard->is_fresh = presence_proof_is_fresh(
	    heard->presence.ts_ms, source->clock_ms + source->ahead_ms);
	heard->is_proven = heard->is_fresh || source->is_listing;
	heard->is_fresh &= !source->is_listing;
	return PRESENCE_HEARD;
}

/* --- what is taken over */

/* Printable, and at most max bytes of well-formed UTF-8 in whole characters.
 * True if the text was changed. */
static bool
fit(const char **member, size_t max)
{
	size_t whole = strlen(*member), len = whole;
	char *copy;

	if (len > max)
		for (len = max; len > 0 && ((*member)[len] & 0xc0) == 0x80;
		     len--)
			;
	copy = xstrndup(*member, len);
	if (!text_make_printable(copy) && len == whole) {
		free(copy);
		return false;
	}
	text_free(*member);
	*member = copy;
	return true;
}

/* The texts that others see are those that are signed. */
static bool
clean_texts(struct presence *presence, const struct message *form)
{
	const struct field *field = form->fields;
	bool is_changed = false;
	const char **text;

	for (; field->kind != FIELD_KIND_END; field++) {
		if (field->kind != FIELD_KIND_STR ||
		    !presence_proof_covers(field))
			continue;
		text = field_text(field, presence);
		if (*text != NULL)
			is_changed |= fit(text, (size_t)field->max);
	}
	return is_changed;
}

bool
presence_make_printable(struct presence *presence)
{
	return clean_texts(presence, &presence_server_message);
}

/* A publisher's message that is changed loses its proof: its subscribers could
 * not check it any more. */
static void
clean(const struct presence_source *source, struct presence_heard *heard)
{
	struct presence *presence = &heard->presence;
	bool is_published = source->channel == PRESENCE_BY_PUBLISHER;
	bool is_changed = clean_texts(presence,
	    is_published ? &presence_server_message : &presence_gossip_message);

	is_changed |= presence_addresses_filter(&presence->addrs, &heard->peer,
	    is_published ? PRESENCE_ADDRESSES_PASS_ON
			 : PRESENCE_ADDRESSES_DIAL);
	if (!is_published)
		return;
	if (presence->ts_ms <= 0) {
		presence->ts_ms = source->clock_ms;
		is_changed = true;
	}
	if (is_changed)
		drop_proof(heard);
}

/* Older servers send every punch to all subscribers. */
static enum presence_verdict
judge_punch(const struct presence_source *source, struct presence_heard *heard)
{
	const char *target = heard->presence.target;
	struct peer_id id;

	if (target == NULL || peer_id_parse(target, &id) < 0 ||
	    !peer_id_equal(&id, &source->own->self))
		return PRESENCE_NOT_FOR_US;
	clean(source, heard);
	return heard->presence.addrs.count > 0 ? PRESENCE_PUNCH
					       : PRESENCE_NOT_FOR_US;
}

static enum presence_verdict
judge(const struct presence_source *source, struct presence_heard *heard,
    const char **why)
{
	struct presence *presence = &heard->presence;
	enum presence_verdict verdict = PRESENCE_HEARD;
	bool is_changed = false;

	if (source->channel == PRESENCE_BY_PUBLISHER) {
		is_changed = normalise(presence, source->session_peer_id);
		verdict = check_published(presence, why);
	} else if (source->channel == PRESENCE_BY_GOSSIP) {
		verdict = check_type(presence, why);
	}
	if (verdict == PRESENCE_HEARD)
		verdict = check_peer(source, heard);
	if (verdict != PRESENCE_HEARD)
		return verdict;
	if (source->own != NULL &&
	    peer_id_equal(&heard->peer, &source->own->self))
		return judge_own(source, presence);
	if (source->channel == PRESENCE_BY_SERVER) {
		if (presence_is(presence, RENDEZVOUS_PUNCH))
			return judge_punch(source, heard);
		verdict = check_type(presence, why);
	}
	if (is_changed) /* signed was what was sent */
		drop_proof(heard);
	if (verdict == PRESENCE_HEARD)
		verdict = check_proof(source, heard, why);
	if (verdict == PRESENCE_HEARD)
		clean(source, heard);
	return verdict;
}

enum presence_verdict
presence_judge(struct bytes json, const struct presence_source *source,
    struct presence_heard *ret, const char **why)
{
	struct presence_heard heard = { .proof = PRESENCE_UNPROVEN };
	enum presence_verdict verdict =
	    read_message(json, source, &heard.presence, why);

	if (verdict != PRESENCE_HEARD)
		return verdict;
	verdict = judge(source, &heard, why);
	if (verdict == PRESENCE_HEARD || verdict == PRESENCE_PUNCH)
		*ret = heard;
	else
		presence_heard_fini(&heard);
	return verdict;
}

void
presence_heard_fini(struct presence_heard *heard)
{
	presence_fini(&heard->presence);
}
