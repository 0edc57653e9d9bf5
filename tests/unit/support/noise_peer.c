#include "tests/unit/support/noise_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common/libp2p/noise/noise_crypto.h"
#include "tests/unit/support/vectors.h"

struct identity_key
noise_peer_key(uint8_t seed)
{
	static json_t *root;
	struct identity_key key;
	const char *reason;
	size_t i;
	json_t *entry;

	if (root == NULL)
		root = vectors_load("keys");
	json_array_foreach(vectors_get(root, "keys"), i, entry)
	{
		if (json_object_get(entry, "seed") == NULL ||
		    vectors_hex(entry, "seed").data[0] != seed)
			continue;
		assert_int_equal(identity_key_decode(
				     vectors_hex(entry, "private_key_protobuf"),
				     &key, &reason),
		    0);
		return key;
	}
	fail_msg("no key with seed %02x", seed);
	return key;
}

struct peer_id
noise_peer_id(uint8_t seed)
{
	struct identity_key key = noise_peer_key(seed);
	struct bytes public = { key.public_protobuf,
		sizeof(key.public_protobuf) };
	struct peer_id id;

	assert_int_equal(peer_id_of_public_key(public, &id), 0);
	return id;
}

struct noise_identity
noise_peer_make(uint8_t static_byte, uint8_t seed, uint8_t signer)
{
	uint8_t message[sizeof(NOISE_SIGNATURE_PREFIX) - 1 + NOISE_KEY_SIZE];
	struct identity_key key = noise_peer_key(seed);
	struct identity_key signing = noise_peer_key(signer);
	struct noise_identity identity = { 0 };

	memset(identity.static_secret, static_byte, NOISE_KEY_SIZE);
	assert_int_equal(
	    noise_dh_public(identity.static_secret, identity.static_public), 0);
	memcpy(
	    message, NOISE_SIGNATURE_PREFIX, sizeof(message) - NOISE_KEY_SIZE);
	memcpy(message + sizeof(message) - NOISE_KEY_SIZE,
	    identity.static_public, NOISE_KEY_SIZE);
	assert_int_equal(
	    identity_key_sign(&signing,
		(struct bytes){ message, sizeof(message) }, identity.signature),
	    0);
	identity.signature_len = IDENTITY_SIGNATURE_SIZE;
	memcpy(identity.identity_key, key.public_protobuf,
	    sizeof(key.public_protobuf));
	identity.identity_key_len = sizeof(key.public_protobuf);
	return identity;
}
