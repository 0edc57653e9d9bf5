#include "common/identity/signer_rules.h"

#include <string.h>

#include "common/libp2p/noise/noise.h"

/* docs/rendezvous-1.1.md, "Proofs" */
#define PRESENCE_PREFIX "goop-presence:"
/* libp2p pubsub specification, "Message Signing" */
#define PUBSUB_PREFIX "libp2p-pubsub:"
/* RFC 0002 (signed envelopes), signature production: domain and payload type
 * (RFC 0003), each with its length before it. */
#define RECORD_PREFIX "\x12libp2p-peer-record\x02\x03\x01"

enum { UVARINT_MAX_BYTES = 4 };

static bool
take_prefix(struct cursor *cursor, const char *prefix)
{
	struct bytes want = bytes_of(prefix);

	return bytes_equal(cursor_take(cursor, want.len), want);
}

static size_t
take_uvarint(struct cursor *cursor)
{
	size_t value = 0;
	unsigned int n;
	uint8_t byte;

	for (n = 0; n < UVARINT_MAX_BYTES; n++) {
		byte = cursor_u8(cursor);
		value |= (size_t)(byte & 0x7f) << (7 * n);
		if ((byte & 0x80) == 0)
			return value;
	}
	cursor->failed = true;
	return 0;
}

static bool
is_noise_key(struct bytes message)
{
	struct cursor cursor = cursor_over(message);

	if (!take_prefix(&cursor, NOISE_SIGNATURE_PREFIX))
		return false;
	cursor_take(&cursor, NOISE_KEY_SIZE);
	return cursor_done(&cursor);
}

static bool
is_peer_record(struct bytes message)
{
	struct cursor cursor = cursor_over(message);

	if (!take_prefix(&cursor, RECORD_PREFIX))
		return false;
	cursor_take(&cursor, take_uvarint(&cursor));
	return cursor_done(&cursor);
}

static bool
starts_with(struct bytes message, const char *prefix)
{
	struct cursor cursor = cursor_over(message);

	return take_prefix(&cursor, prefix);
}

bool
signer_rules_is_presence(struct bytes message)
{
	return starts_with(message, PRESENCE_PREFIX);
}

bool
signer_rules_allow(struct bytes message)
{
	if (message.len > SIGNER_MESSAGE_MAX)
		return false;
	return is_noise_key(message) || is_peer_record(message) ||
	       starts_with(message, PUBSUB_PREFIX) ||
	       signer_rules_is_presence(message);
}
