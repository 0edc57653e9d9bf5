/*
 * The secure channel. The first byte says where the rest arrives: raw, at one
 * of two whose keys are fixed, so that the handshakes of the vectors pass; as
 * payload of a proper handshake message; or as frames once all is settled.
 */
#include <string.h>

#include "common/base/fault.h"
#include "common/base/hex.h"
#include "common/libp2p/keys/identity_key.h"
#include "common/libp2p/noise/noise_payload.h"
#include "common/libp2p/noise/noise_xx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const muxers[] = { "/yamux/1.0.0" };
static struct noise_identity initiator_identity, responder_identity;

/* A key file and the byte that the static secret consists of */
static void
make_identity(const char *file, uint8_t static_byte, struct noise_identity *ret)
{
	uint8_t bytes[IDENTITY_FILE_SIZE], message[24 + NOISE_KEY_SIZE];
	struct identity_key key;
	const char *reason;

	memset(ret->static_secret, static_byte, NOISE_KEY_SIZE);
	memcpy(message, NOISE_SIGNATURE_PREFIX, 24);
	if (hex_parse(file, bytes, sizeof(bytes)) < 0 ||
	    identity_key_decode(
		(struct bytes){ bytes, sizeof(bytes) }, &key, &reason) < 0 ||
	    noise_dh_public(ret->static_secret, ret->static_public) < 0)
		bug("the keys of this test");
	memcpy(message + 24, ret->static_public, NOISE_KEY_SIZE);
	if (identity_key_sign(&key, (struct bytes){ message, sizeof(message) },
		ret->signature) < 0)
		bug("no signature");
	ret->signature_len = IDENTITY_SIGNATURE_SIZE;
	ret->identity_key_len = sizeof(key.public_protobuf);
	memcpy(ret->identity_key, key.public_protobuf, ret->identity_key_len);
}

static void
make_identities(void)
{
	if (initiator_identity.signature_len > 0)
		return;
	make_identity("08011240111111111111111111111111111111111111111111111111"
		      "1111111111111111d04ab232742bb4ab3a1368bd4615e4e6d0224ab7"
		      "1a016baf8520a332c9778737",
	    0xa1, &initiator_identity);
	make_identity("08011240222222222222222222222222222222222222222222222222"
		      "2222222222222222a09aa5f47a6759802ff955f8dc2d2a14a5c99d23"
		      "be97f864127ff9383455a4f0",
	    0xb1, &responder_identity);
}

static struct noise *
make(bool is_initiator)
{
	uint8_t ephemeral[NOISE_KEY_SIZE];
	struct noise *noise = noise_new(is_initiator,
	    is_initiator ? &initiator_identity : &responder_identity, NULL,
	    muxers, 1);

	memset(ephemeral, is_initiator ? 0xa2 : 0xb2, sizeof(ephemeral));
	noise_test_set_ephemeral(noise, ephemeral);
	return noise;
}

static void
carry(struct noise *from, struct noise *to)
{
	struct buffer *out = noise_output(from);

	buffer_consume(out, noise_receive(to, buffer_bytes(out)));
}

static void
read_frames(struct noise *noise, struct bytes input)
{
	uint8_t out[NOISE_PLAINTEXT_MAX];
	size_t len;
	ssize_t used;

	while ((used = noise_open(noise, input, out, &len)) > 0) {
		input.data += used;
		input.len -= (size_t)used;
	}
}

static void
receive_raw(bool is_initiator, struct bytes input)
{
	struct noise *noise = make(is_initiator);
	size_t used = noise_receive(noise, input);

	if (used > input.len)
		bug("more was used than there was");
	if (noise_state(noise) == NOISE_ESTABLISHED)
		read_frames(noise,
		    (struct bytes){ input.data + used, input.len - used });
	noise_free(noise);
}

static void
receive_frames(struct bytes input)
{
	struct noise *initiator = make(true), *responder = make(false);

	carry(initiator, responder);
	carry(responder, initiator);
	carry(initiator, responder);
	if (noise_state(responder) != NOISE_ESTABLISHED)
		bug("two friends cannot meet");
	read_frames(responder, input);
	noise_free(initiator);
	noise_free(responder);
}

/* Message 2 of a responder that does it all right, but for its payload. */
static void
receive_payload(struct bytes payload)
{
	static const uint8_t ephemeral[NOISE_KEY_SIZE] = { 1 };
	struct noise *initiator = make(true);
	struct bytes hello = buffer_bytes(noise_output(initiator));
	struct noise_xx_pair statics;
	struct noise_xx xx;
	struct buffer message, framed;
	uint8_t nothing[64], length[2];
	size_t len;

	memcpy(statics.secret, responder_identity.static_secret, 32);
	memcpy(statics.public, responder_identity.static_public, 32);
	buffer_init(&message, 1 << 16);
	buffer_init(&framed, 1 << 17);
	if (noise_xx_init(&xx, false, (struct bytes){ NULL, 0 }, &statics,
		ephemeral) < 0 ||
	    noise_xx_read(&xx, (struct bytes){ hello.data + 2, hello.len - 2 },
		nothing, &len) < 0)
		bug("message 1 does not read");
	if (noise_xx_write(&xx, payload, &message) == 0 &&
	    message.len <= UINT16_MAX) {
		store_be16(length, (uint16_t)message.len);
		buffer_append(&framed, (struct bytes){ length, 2 });
		buffer_append(&framed, buffer_bytes(&message));
		noise_receive(initiator, buffer_bytes(&framed));
	}
	buffer_fini(&message);
	buffer_fini(&framed);
	noise_free(initiator);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = { data + 1, size - 1 };

	if (size < 1)
		return 0;
	make_identities();
	switch (data[0] % 4) {
	case 0:
		receive_raw(false, input);
		break;
	case 1:
		receive_raw(true, input);
		break;
	case 2:
		receive_payload(input);
		break;
	case 3:
		receive_frames(input);
		break;
	}
	return 0;
}
