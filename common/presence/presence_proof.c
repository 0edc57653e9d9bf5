#include "common/presence/presence_proof.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/base64.h"
#include "common/libp2p/keys/key_message.h"
#include "common/libp2p/keys/public_key.h"
#include "common/libp2p/multiformats/peer_id.h"
#include "proto/field_member.h"

/* What only a server adds or reads, and the proof itself. */
static const char *const unsigned_keys[] = { "target", "verificationToken",
	"verified", "proof", "full", "cursor" };

bool
presence_proof_covers(const struct field *field)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unsigned_keys); i++)
		if (strcmp(field->key, unsigned_keys[i]) == 0)
			return false;
	return true;
}

static int
append_line(const char *key, struct bytes value, struct buffer *buffer)
{
	int rc;

	rc = buffer_printf(buffer, "%s %zu ", key, value.len);
	if (rc == 0)
		rc = buffer_append(buffer, value);
	if (rc == 0)
		rc = buffer_append(buffer, bytes_of("\n"));
	return rc;
}

static int
append_field(const struct field *field, const void *record, struct buffer *to)
{
	const struct strings *strings;
	char number[32];
	size_t i;
	int rc = 0;

	switch (field->kind) {
	case FIELD_KIND_STR:
		return append_line(
		    field->key, bytes_of(*field_text(field, record)), to);
	case FIELD_KIND_BOOL:
		return append_line(field->key, bytes_of("1"), to);
	case FIELD_KIND_INT:
		snprintf(number, sizeof(number), "%" PRId64,
		    *field_int(field, record));
		return append_line(field->key, bytes_of(number), to);
	case FIELD_KIND_STRS:
		strings = field_strings(field, record);
		for (i = 0; i < strings->count && rc == 0; i++)
			rc = append_line(
			    field->key, bytes_of(strings->items[i]), to);
		return rc;
	default:
		return -EINVAL;
	}
}

/* Left out of the JSON, and so of what is signed. */
static bool
is_left_out(const struct field *field, const void *record)
{
	const char *text;

	if (field->kind == FIELD_KIND_STR) {
		text = *field_text(field, record);
		return text == NULL ||
		       (text[0] == '\0' && field->need == OPTIONAL);
	}
	return field->need == OPTIONAL && field_is_absent(field, record);
}

int
presence_proof_bytes(const struct presence *message, struct buffer *buffer)
{
	const struct field *field = presence_server_message.fields;
	size_t before = buffer->len;
	int rc;

	rc = buffer_append(buffer, bytes_of(PRESENCE_PROOF_PREFIX));
	for (; field->kind != FIELD_KIND_END && rc == 0; field++)
		if (presence_proof_covers(field) &&
		    !is_left_out(field, message))
			rc = append_field(field, message, buffer);
	if (rc < 0)
		field_unappend(buffer, before);
	return rc;
}

void
presence_proof_print(const uint8_t signature[PRESENCE_SIGNATURE_SIZE],
    char ret[PRESENCE_PROOF_SIZE])
{
	base64_print((struct bytes){ signature, PRESENCE_SIGNATURE_SIZE }, ret);
}

int
presence_proof_parse(const char *text, uint8_t ret[PRESENCE_SIGNATURE_SIZE])
{
	size_t len;

	/* One signature has one text: with its padding. */
	if (strlen(text) != RENDEZVOUS_PROOF_MAX ||
	    base64_parse(bytes_of(text), ret, PRESENCE_SIGNATURE_SIZE, &len) <
		0 ||
	    len != PRESENCE_SIGNATURE_SIZE)
		return -EBADMSG;
	return 0;
}

bool
presence_proof_is_fresh(int64_t ts_ms, int64_t clock_ms)
{
	return ts_ms >= clock_ms - PRESENCE_PROOF_AGE_MS &&
	       ts_ms <= clock_ms + PRESENCE_PROOF_AGE_MS;
}

/* --- checked */

/* The Ed25519 key inside a peer id; no other can be proven. */
static bool
key_of(const char *peer_id, struct peer_id *id, struct bytes *ret)
{
	struct key_message key;

	return peer_id != NULL && peer_id_parse(peer_id, id) == 0 &&
	       peer_id_inline_key(id, ret) &&
	       key_message_decode(*ret, &key) == 0 && key.type == KEY_ED25519;
}

static bool
is_signed_by(const struct presence *message, struct bytes key)
{
	uint8_t signature[PRESENCE_SIGNATURE_SIZE];
	struct buffer signed_bytes;
	bool is_right;

	if (presence_proof_parse(message->proof, signature) < 0)
		return false;
	buffer_init(&signed_bytes, PRESENCE_PROOF_BYTES_MAX);
	is_right = presence_proof_bytes(message, &signed_bytes) == 0 &&
		   public_key_verify(key, buffer_bytes(&signed_bytes),
		       (struct bytes){ signature, sizeof(signature) });
	buffer_fini(&signed_bytes);
	return is_right;
}

enum presence_proof
presence_verify(const struct presence *message)
{
	struct peer_id id;
	struct bytes key;

	if (message->proof == NULL || message->proof[0] == '\0')
		return PRESENCE_UNPROVEN;
	if (!key_of(message->peer_id, &id, &key) || !is_signed_by(message, key))
		return PRESENCE_DISPROVEN;
	return PRESENCE_PROVEN;
}
