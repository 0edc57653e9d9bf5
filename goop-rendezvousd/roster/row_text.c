#include "goop-rendezvousd/roster/row_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/base64.h"
#include "common/base/fault.h"
#include "common/base/hash.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_proof.h"
#include "proto/field_json.h"

enum {
	/* Escaping may double what the limits allow. */
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
row_text_update(const struct presence *message)
{
	struct presence passed_on = *message;

	if (strcmp(message->type, PRESENCE_ONLINE) == 0)
		passed_on.type = PRESENCE_UPDATE;
	passed_on.verification_token = NULL;
	passed_on.target = NULL;
	passed_on.verified = true;
	return encode(&passed_on);
}

struct shared_text *
row_text_online(const struct shared_text *text)
{
	static const char head[] = "{\"type\":\"online\"";
	struct shared_text *online = shared_text_new(shared_text_bytes(text));

	memcpy(online->data, head, strlen(head)); /* as long as with update */
	return online;
}

struct shared_text *
row_text_offline(const char *peer_id, int64_t ts_ms)
{
	struct presence left = {
		.type = PRESENCE_OFFLINE, .peer_id = peer_id, .ts_ms = ts_ms
	};

	return encode(&left);
}

/* Skip a JSON string, from its opening quote to after the closing one. */
static const char *
skip_string(const char *at)
{
	for (at++; *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at + 1;
}

/* The sum of the hashes of the strings in a JSON list; 0: none. */
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
 * Where a key begins in text. Within a string its quotes would be escaped, so a
 * match is the key.
 */
static const char *
find_key(const struct shared_text *text, const char *key)
{
	return strstr(text->data, key);
}

uint32_t
row_text_head(const struct shared_text *text)
{
	const char *ts = find_key(text, "\"ts\":");

	return ts == NULL ? text->len : (uint32_t)(ts - text->data);
}

uint32_t
row_text_addrs_mark(const struct shared_text *text)
{
	const char *addrs = find_key(text, "\"addrs\":[");

	return addrs == NULL ? 0 : mark_of_texts(strchr(addrs, '['));
}

bool
row_text_is_same(const struct shared_text *text, uint32_t head,
    const struct shared_text *other)
{
	static const char ts[] = "\"ts\":";

	/* If "ts" does not follow in the other one, its head is longer. */
	return other->len > head + strlen(ts) &&
	       memcmp(other->data, text->data, head) == 0 &&
	       memcmp(other->data + head, ts, strlen(ts)) == 0;
}

bool
row_text_has_proof(const struct shared_text *text, uint32_t head)
{
	return strstr(text->data + head, "\"proof\":") != NULL;
}

struct shared_text *
row_text_set_tail(
    struct shared_text *text, uint32_t head, int64_t ts_ms, struct bytes proof)
{
	struct shared_text *old = text;
	char tail[TAIL_MAX];
	size_t len;

	len = (size_t)snprintf(
	    tail, sizeof(tail), "\"ts\":%" PRId64 ",\"verified\":true", ts_ms);
	if (proof.len > 0)
		len += (size_t)snprintf(tail + len, sizeof(tail) - len,
		    ",\"proof\":\"%.*s\"", (int)proof.len,
		    (const char *)proof.data);
	tail[len++] = '}';
	if (text->refs > 1 || text->len != head + len) {
		text = xzalloc(sizeof(*text) + head + len + 1);
		text->refs = 1;
		text->len = (uint32_t)(head + len);
		memcpy(text->data, old->data, head);
		shared_text_unref(old);
	}
	memcpy(text->data + head, tail, len);
	return text;
}

/* The tail of a message: ts, and perhaps a proof after it. */
static bool
read_tail(struct bytes tail, int64_t *ret_ts_ms, struct bytes *ret_proof)
{
	uint64_t ts;
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
	    text_parse_u64(digits, &ts) < 0 || ts > INT64_MAX)
		return false;
	*ret_ts_ms = (int64_t)ts;
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
row_text_read_beat(const struct shared_text *text, uint32_t head,
    struct bytes json, int64_t *ret_ts_ms, struct bytes *ret_proof)
{
	struct bytes tail = { json.data + head, json.len - head };

	return json.len > head && memcmp(json.data, text->data, head) == 0 &&
	       read_tail(tail, ret_ts_ms, ret_proof);
}
