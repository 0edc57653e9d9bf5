#include "goop-rendezvousd/service/presence_check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/counter.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/service/presence_addresses.h"
#include "common/presence/presence_proof.h"

COUNTER(presence_bad_json, "messages that are no JSON, or of the wrong types");
COUNTER(presence_bad_message, "messages that break the rules");
COUNTER(presence_bad_proof, "messages with a wrong or outdated proof");
COUNTER(presence_changed, "messages that were changed, and lost their proof");

enum { WHY_SIZE = 128, TYPE_SHOWN_MAX = 32 };

static const char *const known_types[] = { PRESENCE_ONLINE, PRESENCE_UPDATE,
	PRESENCE_OFFLINE };

static int __attribute__((format(printf, 2, 3)))
refuse(const char **why, const char *format, ...)
{
	static char text[WHY_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_make_printable(text);
	*why = text;
	return -EBADMSG;
}

static bool
is_blank(char c)
{
	return c != '\0' && strchr(" \t\r\n\v\f", c) != NULL;
}

/* True if something went. */
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

/* Which message it is: both keys, trimmed, and what only a server says. */
static bool
normalise(struct presence *message, const char *session_peer_id)
{
	bool is_changed = trim(&message->type);

	is_changed |= trim(&message->peer_id);
	if (is_empty(message->peer_id) && session_peer_id != NULL) {
		text_replace(&message->peer_id, session_peer_id);
		is_changed = true;
	}
	message->verified = message->full = false;
	text_replace(&message->target, NULL);
	text_replace(&message->cursor, NULL);
	return is_changed;
}

static bool
is_known_type(const char *type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known_types); i++)
		if (strcmp(type, known_types[i]) == 0)
			return true;
	return false;
}

static bool
is_printable(const char *text)
{
	CLEANUP_FREE char *copy = xstrdup(text);

	text_make_printable(copy);
	return strcmp(copy, text) == 0;
}

static int
check_texts(const struct strings *texts, const char **why)
{
	size_t i;

	if (texts->count > RENDEZVOUS_ADDRS_MAX)
		return refuse(why, "bad message: too many addrs");
	for (i = 0; i < texts->count; i++)
		if (strlen(texts->items[i]) > RENDEZVOUS_ADDR_MAX)
			return refuse(why, "bad message: addr too long");
	return 0;
}

/* Each text within its limit, which the table of the contract has. */
static int
check_lengths(const struct presence *message, const char **why)
{
	const struct field *field = presence_server_message.fields;
	const char *text;
	int rc = 0;

	for (; field->kind != FIELD_KIND_END && rc == 0; field++) {
		if (field->kind == FIELD_KIND_STRS)
			rc = check_texts(&message->addrs, why);
		if (field->kind != FIELD_KIND_STR)
			continue;
		memcpy(
		    &text, (const char *)message + field->offset, sizeof(text));
		if (text != NULL && strlen(text) > (size_t)field->max)
			rc =
			    refuse(why, "bad message: %s too long", field->key);
	}
	return rc;
}

/* In the order of the original (reference 0.3). */
static int
check(const struct presence *message, const char **why)
{
	if (is_empty(message->type) || is_empty(message->peer_id))
		return refuse(why, "bad message: type and peerId are required");
	if (!is_known_type(message->type))
		return refuse(why, "bad message: unknown type \"%.*s\"",
		    TYPE_SHOWN_MAX, message->type);
	if (check_lengths(message, why) < 0)
		return -EBADMSG;
	if (!is_printable(message->peer_id))
		return refuse(
		    why, "bad message: peerId has control characters");
	return 0;
}

/*
 * On a trusted WebSocket a proof is only passed on, so an old one goes. Else
 * it has to be right, and of now.
 */
static int
check_proof(struct presence *message, const struct presence_source *source,
    enum presence_proof *ret, const char **why)
{
	bool is_fresh =
	    presence_proof_is_fresh(message->ts_ms, source->clock_ms);

	*ret = PRESENCE_UNPROVEN;
	if (is_empty(message->proof) || (source->is_trusted && !is_fresh)) {
		text_replace(&message->proof, NULL);
		return 0;
	}
	if (source->is_trusted)
		return 0;
	if (!is_fresh)
		return refuse(why,
		    "bad message: ts is more than %d seconds "
		    "from the server's clock",
		    PRESENCE_PROOF_AGE_MS / 1000);
	*ret = presence_verify(message);
	if (*ret == PRESENCE_DISPROVEN)
		return refuse(why, "bad message: the proof is wrong");
	return 0;
}

static bool
make_printable(const char **text)
{
	if (*text == NULL || is_printable(*text))
		return false;
	text_clean(text);
	return true;
}

/* Fit for the eyes and dialers of others; true if something was changed. */
static bool
clean(struct presence *message, int64_t clock_ms)
{
	const char **texts[] = { &message->content, &message->email,
		&message->avatar_hash, &message->active_template,
		&message->public_key, &message->client_version };
	bool is_changed = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		is_changed |= make_printable(texts[i]);
	is_changed |=
	    presence_addresses_clean(&message->addrs, message->peer_id);
	if (message->ts_ms <= 0) {
		message->ts_ms = clock_ms;
		is_changed = true;
	}
	return is_changed;
}

static void
drop_proof(struct presence *message)
{
	if (message->proof == NULL)
		return;
	counter_add(&presence_changed, 1);
	text_replace(&message->proof, NULL);
}

static int
judge(const struct presence_source *source, struct presence_checked *checked,
    const char **why)
{
	struct presence *message = &checked->message;
	bool is_changed = normalise(message, source->session_peer_id);

	if (check(message, why) < 0) {
		counter_add(&presence_bad_message, 1);
		return -EBADMSG;
	}
	/* Signed was what was sent; what was trimmed is no more that. */
	if (is_changed)
		drop_proof(message);
	if (check_proof(message, source, &checked->proof, why) < 0) {
		counter_add(&presence_bad_proof, 1);
		return -EBADMSG;
	}
	if (clean(message, source->clock_ms))
		drop_proof(message);
	return 0;
}

int
presence_check(struct bytes json, const struct presence_source *source,
    struct presence_checked *ret, const char **why)
{
	struct presence_checked checked;

	if (json.len > RENDEZVOUS_MESSAGE_MAX)
		return refuse(why, "bad message: too long");
	if (message_decode_json(&presence_published_message, json,
		&checked.message, NULL) < 0) {
		counter_add(&presence_bad_json, 1);
		return refuse(why, "bad json");
	}
	if (judge(source, &checked, why) < 0) {
		presence_checked_fini(&checked);
		return -EBADMSG;
	}
	*ret = checked;
	return 0;
}

void
presence_checked_fini(struct presence_checked *checked)
{
	presence_fini(&checked->message);
}
