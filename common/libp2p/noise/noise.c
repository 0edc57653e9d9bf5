#include "common/libp2p/noise/noise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/libp2p/noise/noise_payload.h"
#include "common/libp2p/noise/noise_xx.h"

COUNTER(noise_handshakes_failed, "Noise handshakes that failed");
COUNTER(noise_frames_forged, "secure channels ended by a forged frame");

enum {
	LENGTH_SIZE = 2,
	OUTPUT_MAX = 2 * (LENGTH_SIZE + NOISE_HANDSHAKE_FRAME_MAX),
};

struct noise {
	enum noise_state state;
	const char *reason;
	const struct noise_identity *identity;
	struct noise_xx xx; /* wiped when the handshake is over */
	struct buffer output;
	struct noise_choice choice;
	bool is_expecting;
	struct peer_id expected;
	struct peer_id remote;
	struct noise_cipher sealing;
	struct noise_cipher opening;
};

int
noise_identity_make_static(struct noise_identity *identity)
{
	random_bytes(identity->static_secret, NOISE_KEY_SIZE);
	return noise_dh_public(
	    identity->static_secret, identity->static_public);
}

void
noise_identity_wipe(struct noise_identity *identity)
{
	explicit_bzero(identity, sizeof(*identity));
}

static void
fail(struct noise *noise, const char *reason)
{
	counter_add(noise->state == NOISE_ESTABLISHED
			? &noise_frames_forged
			: &noise_handshakes_failed,
	    1);
	noise->state = NOISE_FAILED;
	noise->reason = reason;
	noise_xx_fini(&noise->xx);
	noise_cipher_fini(&noise->sealing);
	noise_cipher_fini(&noise->opening);
}

/* The next handshake message in its frame. */
static void
say(struct noise *noise, struct bytes payload)
{
	uint8_t length[LENGTH_SIZE];
	struct buffer message;

	buffer_init(&message, NOISE_HANDSHAKE_FRAME_MAX);
	if (noise_xx_write(&noise->xx, payload, &message) < 0) {
		fail(noise, "unusable key in the handshake");
	} else {
		store_be16(length, (uint16_t)message.len);
		if (buffer_append(&noise->output,
			(struct bytes){ length, LENGTH_SIZE }) < 0 ||
		    buffer_append(&noise->output, buffer_bytes(&message)) < 0)
			fail(noise, "handshake output has no room");
	}
	buffer_fini(&message);
}

static void
introduce(struct noise *noise)
{
	uint8_t payload[NOISE_PAYLOAD_MAX];
	size_t len = noise_payload_encode(noise->identity, noise->choice.muxers,
	    noise->choice.count, payload);

	say(noise, (struct bytes){ payload, len });
}

static void
begin(struct noise *noise, const uint8_t ephemeral[NOISE_KEY_SIZE])
{
	struct noise_xx_pair statics;

	memcpy(statics.secret, noise->identity->static_secret, NOISE_DH_SIZE);
	memcpy(statics.public, noise->identity->static_public, NOISE_DH_SIZE);
	if (noise_xx_init(&noise->xx, noise->choice.is_initiator,
		(struct bytes){ NULL, 0 }, &statics, ephemeral) < 0)
		fail(noise, "libcrypto cannot start a handshake");
	else if (noise->choice.is_initiator)
		say(noise, (struct bytes){ NULL, 0 });
	explicit_bzero(&statics, sizeof(statics));
}

struct noise *
noise_new(bool is_initiator, const struct noise_identity *identity,
    const struct peer_id *expected, const char *const *muxers, size_t count)
{
	struct noise *noise = xzalloc(sizeof(*noise));
	uint8_t ephemeral[NOISE_KEY_SIZE];

	noise->state = NOISE_HANDSHAKE;
	noise->identity = identity;
	noise->choice.muxers = muxers;
	noise->choice.count = count;
	noise->choice.is_initiator = is_initiator;
	if (expected != NULL) {
		noise->is_expecting = true;
		noise->expected = *expected;
	}
	buffer_init(&noise->output, OUTPUT_MAX);
	random_bytes(ephemeral, sizeof(ephemeral));
	begin(noise, ephemeral);
	explicit_bzero(ephemeral, sizeof(ephemeral));
	return noise;
}

void
noise_test_set_ephemeral(
    struct noise *noise, const uint8_t secret[NOISE_KEY_SIZE])
{
	buffer_fini(&noise->output);
	begin(noise, secret);
}

void
noise_free(struct noise *noise)
{
	if (noise == NULL)
		return;
	noise_xx_fini(&noise->xx);
	noise_cipher_fini(&noise->sealing);
	noise_cipher_fini(&noise->opening);
	buffer_fini(&noise->output);
	free(noise);
}

enum noise_state
noise_state(const struct noise *noise)
{
	return noise->state;
}

const char *
noise_reason(const struct noise *noise)
{
	return noise->reason;
}

struct buffer *
noise_output(struct noise *noise)
{
	return &noise->output;
}

const struct peer_id *
noise_remote(const struct noise *noise)
{
	return &noise->remote;
}

const char *
noise_muxer(const struct noise *noise)
{
	return noise->choice.chosen;
}

static bool
is_ourselves(const struct noise *noise)
{
	struct bytes key = { noise->identity->identity_key,
		noise->identity->identity_key_len };
	struct peer_id self;

	return peer_id_of_public_key(key, &self) == 0 &&
	       peer_id_equal(&self, &noise->remote);
}

/* Check the remote's payload; false, and FAILED, if it is not acceptable. */
static bool
meet(struct noise *noise, struct bytes payload)
{
	int rc = noise_payload_check(
	    payload, noise->xx.remote_static, &noise->choice, &noise->remote);

	if (rc == NOISE_PAYLOAD_FORGED)
		fail(noise, "its identity key did not sign its static key");
	else if (rc < 0)
		fail(noise, "malformed handshake payload");
	else if (is_ourselves(noise))
		fail(noise, "the remote is ourselves");
	else if (noise->is_expecting &&
		 !peer_id_equal(&noise->expected, &noise->remote))
		fail(noise, "another peer than the expected one answered");
	else if (noise->choice.is_hopeless)
		fail(noise, "no muxer in common");
	return noise->state != NOISE_FAILED;
}

static void
establish(struct noise *noise)
{
	uint8_t initiator[NOISE_HASH_SIZE], responder[NOISE_HASH_SIZE];
	bool is_initiator = noise->choice.is_initiator;

	if (noise_xx_split(&noise->xx, initiator, responder) < 0 ||
	    noise_cipher_set_key(&noise->sealing,
		is_initiator ? initiator : responder, true) < 0 ||
	    noise_cipher_set_key(&noise->opening,
		is_initiator ? responder : initiator, false) < 0) {
		fail(noise, "libcrypto cannot make the keys");
	} else {
		noise->state = NOISE_ESTABLISHED;
		noise_xx_fini(&noise->xx);
	}
	explicit_bzero(initiator, sizeof(initiator));
	explicit_bzero(responder, sizeof(responder));
}

static void
hear(struct noise *noise, struct bytes message)
{
	uint8_t payload[NOISE_HANDSHAKE_FRAME_MAX];
	size_t len;

	if (noise_xx_read(&noise->xx, message, payload, &len) < 0) {
		fail(noise, "bad handshake message");
		return;
	}
	/* Message 1 has no payload by the specification: ignored. */
	if (noise->xx.messages > 1 &&
	    !meet(noise, (struct bytes){ payload, len }))
		return;
	if (noise->xx.messages < NOISE_XX_MESSAGES)
		introduce(noise);
	if (noise->state == NOISE_HANDSHAKE &&
	    noise->xx.messages == NOISE_XX_MESSAGES)
		establish(noise);
}

size_t
noise_receive(struct noise *noise, struct bytes input)
{
	struct cursor cursor = cursor_over(input);
	size_t used = 0;
	uint16_t len;

	while (noise->state == NOISE_HANDSHAKE) {
		len = cursor_be16(&cursor);
		if (cursor.failed)
			break;
		if (len > NOISE_HANDSHAKE_FRAME_MAX) {
			fail(noise, "oversized handshake message");
			break;
		}
		if (cursor_rest(&cursor).len < len)
			break;
		hear(noise, cursor_take(&cursor, len));
		used += LENGTH_SIZE + (size_t)len;
	}
	return used;
}

ssize_t
noise_seal(struct noise *noise, struct bytes plaintext, uint8_t *out)
{
	ssize_t n;

	if (noise->state != NOISE_ESTABLISHED ||
	    plaintext.len > NOISE_PLAINTEXT_MAX)
		return -EIO;
	n = noise_cipher_seal(&noise->sealing, (struct bytes){ NULL, 0 },
	    plaintext, out + LENGTH_SIZE);
	if (n < 0)
		return n;
	store_be16(out, (uint16_t)n);
	return LENGTH_SIZE + n;
}

ssize_t
noise_open(
    struct noise *noise, struct bytes input, uint8_t *out, size_t *ret_len)
{
	struct cursor cursor = cursor_over(input);
	size_t len = cursor_be16(&cursor);
	ssize_t n;

	if (noise->state != NOISE_ESTABLISHED)
		return -EBADMSG;
	if (cursor.failed)
		return 0;
	if (len >= NOISE_TAG_SIZE && cursor_rest(&cursor).len < len)
		return 0;
	n = noise_cipher_open(&noise->opening, (struct bytes){ NULL, 0 },
	    cursor_take(&cursor, len), out);
	if (n < 0) {
		fail(noise, "forged or truncated frame");
		return -EBADMSG;
	}
	*ret_len = (size_t)n;
	return (ssize_t)(LENGTH_SIZE + len);
}
