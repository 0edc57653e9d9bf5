#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/roster/roster_private.h"

enum {
	/* Quotes and backslashes may double what the limits allow. */
	TEXT_MAX = 2 * RENDEZVOUS_MESSAGE_MAX,
	TAIL_MAX = 64 + RENDEZVOUS_PROOF_MAX,
};

static struct shared_text *
encode(const struct presence *message)
{
	struct shared_text *text;
	struct buffer json;

	buffer_init(&json, TEXT_MAX);
	if (message_encode_json(&presence_server_message, message, &json) < 0)
		bug("a checked message of %s cannot be passed on",
		    message->peer_id);
	text = shared_text_new(buffer_bytes(&json));
	buffer_fini(&json);
	return text;
}

struct shared_text *
roster_text_of(const struct presence *message)
{
	static char update[] = PRESENCE_UPDATE;
	struct presence passed_on = *message;

	if (strcmp(message->type, PRESENCE_ONLINE) == 0)
		passed_on.type = update;
	passed_on.verification_token = NULL;
	passed_on.target = NULL;
	passed_on.verified = true;
	return encode(&passed_on);
}

struct shared_text *
roster_text_online(const struct shared_text *text)
{
	static const char head[] = "{\"type\":\"online\"";
	struct shared_text *online = shared_text_new(shared_text_bytes(text));

	memcpy(online->data, head, strlen(head)); /* as long as with update */
	return online;
}

struct shared_text *
roster_text_of_left(const char *peer_id, int64_t ts_ms)
{
	struct presence left = {
		.type = PRESENCE_OFFLINE, .peer_id = peer_id, .ts_ms = ts_ms
	};

	return encode(&left);
}

bool
roster_has_room(
    const struct roster *roster, const struct roster_row *row, size_t text_len)
{
	size_t old_len = row == NULL ? 0 : row->text->len;

	if (row == NULL && roster_count(roster) >= roster->rows_max)
		return false;
	return text_len <= old_len ||
	       roster->texts - old_len + text_len <= roster->texts_max;
}

/* Takes the text. */
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

struct roster_row *
roster_row_add(struct roster *roster, const char *peer_id, struct monotime now)
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

void
roster_row_remove(struct roster *roster, struct roster_row *row)
{
	roster_row_found(roster, row);
	if (row->owner != NULL)
		row->owner->row = NULL;
	if (roster->connected == row)
		roster->connected = NULL;
	TAILQ_REMOVE(&roster->by_version, row, by_version);
	TAILQ_REMOVE(&roster->by_heard, row, by_heard);
	HASH_DEL(roster->rows, row);
	replace_text(roster, row, NULL);
	free(row->token);
	free(row);
}

void
roster_row_renew(struct roster *roster, struct roster_row *row)
{
	row->version = ++roster->past.version;
	TAILQ_REMOVE(&roster->by_version, row, by_version);
	TAILQ_INSERT_TAIL(&roster->by_version, row, by_version);
}

/* A JSON string of ours, from quote to behind its closing quote. */
static const char *
skip_string(const char *at)
{
	for (at++; *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at + 1;
}

/* The texts of a JSON list as a set, whatever their order; 0: none. */
static uint32_t
mark_of_texts(const char *at)
{
	uint32_t mark = 0;
	const char *next;

	for (at++; *at != ']'; at = next) {
		next = at + 1; /* a comma */
		if (*at != '"')
			continue;
		next = skip_string(at);
		mark += hash_seeded(at, (size_t)(next - at));
	}
	return mark;
}

/*
 * Where key begins in text. Within a string its quotes would be escaped, so
 * what is found is the key.
 */
static const char *
find_key(const struct shared_text *text, const char *key)
{
	return strstr(text->data, key);
}

void
roster_row_set_text(
    struct roster *roster, struct roster_row *row, struct shared_text *text)
{
	const char *tail = find_key(text, "\"ts\":");
	const char *addrs = find_key(text, "\"addrs\":[");
	uint32_t mark = 0;

	replace_text(roster, row, text);
	row->tail = tail == NULL ? text->len : (uint32_t)(tail - text->data);
	if (addrs != NULL)
		mark = mark_of_texts(strchr(addrs, '['));
	row->has_new_addresses = mark != row->addrs_mark;
	row->addrs_mark = mark;
}

bool
roster_row_says(const struct roster_row *row, const struct shared_text *text)
{
	static const char ts[] = "\"ts\":";

	/* The tail of text begins with "ts", or the texts differ before. */
	return text->len > row->tail + strlen(ts) &&
	       memcmp(text->data, row->text->data, row->tail) == 0 &&
	       memcmp(text->data + row->tail, ts, strlen(ts)) == 0;
}

bool
roster_row_has_proof(const struct roster_row *row)
{
	return strstr(row->text->data + row->tail, "\"proof\":") != NULL;
}

void
roster_row_set_tail(struct roster *roster, struct roster_row *row,
    int64_t ts_ms, struct bytes proof)
{
	struct shared_text *text = row->text;
	char tail[TAIL_MAX];
	size_t len;

	len = (size_t)snprintf(
	    tail, sizeof(tail), "\"ts\":%" PRId64 ",\"verified\":true", ts_ms);
	if (proof.len > 0)
		len += (size_t)snprintf(tail + len, sizeof(tail) - len,
		    ",\"proof\":\"%.*s\"", (int)proof.len,
		    (const char *)proof.data);
	tail[len++] = '}';
	if (text->refs > 1 || text->len != row->tail + len) {
		text = xzalloc(sizeof(*text) + row->tail + len + 1);
		text->refs = 1;
		text->len = (uint32_t)(row->tail + len);
		memcpy(text->data, row->text->data, row->tail);
		replace_text(roster, row, text);
	}
	memcpy(text->data + row->tail, tail, len);
}
