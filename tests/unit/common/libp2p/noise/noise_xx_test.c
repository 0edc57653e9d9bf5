/* noise_xx, noise_crypto, noise_payload: each step, against the vectors */
#include "common/libp2p/noise/noise_xx.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/libp2p/noise/noise_payload.h"
#include "tests/unit/support/noise_peer.h"
#include "tests/unit/support/vectors.h"

static void
assert_bytes(struct bytes got, struct bytes want, const char *what)
{
	if (!bytes_equal(got, want))
		fail_msg("%s: %zu bytes that differ from the %zu expected",
		    what, got.len, want.len);
}

static void
assert_hash(
    const uint8_t got[NOISE_HASH_SIZE], const json_t *object, const char *key)
{
	assert_bytes((struct bytes){ got, NOISE_HASH_SIZE },
	    vectors_hex(object, key), key);
}

/* --- primitives -------------------------------------------------------- */

static void
test_hkdf(void **state)
{
	static const char *const names[] = { "hkdf", "hkdf_empty_ikm" };
	json_t *primitives = vectors_get(vectors_load("noise"), "primitives");
	uint8_t first[NOISE_HASH_SIZE], second[NOISE_HASH_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		json_t *entry = vectors_get(primitives, names[i]);
		json_t *out = vectors_get(entry, "out2");

		assert_int_equal(noise_hkdf(vectors_hex(entry, "ck").data,
				     vectors_hex(entry, "ikm"), first, second),
		    0);
		assert_bytes((struct bytes){ first, sizeof(first) },
		    vectors_hex_of(json_array_get(out, 0)), "first");
		assert_bytes((struct bytes){ second, sizeof(second) },
		    vectors_hex_of(json_array_get(out, 1)), "second");
	}
}

/* RFC 7748, section 5.2, first vector; and what comes to zero */
static void
test_dh(void **state)
{
	static const char *const low_order[] = {
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		"01000000000000000000000000000000000000000000000000000000000000"
		"00",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11"
		"57",
	};
	json_t *vector = json_pack("{s:s,s:s,s:s}", "secret",
	    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
	    "public",
	    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
	    "shared",
	    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
	const uint8_t *secret = vectors_hex(vector, "secret").data;
	uint8_t shared[NOISE_DH_SIZE];
	size_t i;

	(void)state;
	assert_int_equal(
	    noise_dh(secret, vectors_hex(vector, "public").data, shared), 0);
	assert_hash(shared, vector, "shared");
	for (i = 0; i < ARRAY_SIZE(low_order); i++) {
		json_t *hex = json_string(low_order[i]);

		assert_int_equal(
		    noise_dh(secret, vectors_hex_of(hex).data, shared),
		    -EBADMSG);
		json_decref(hex);
	}
	json_decref(vector);
}

static void
test_used_up_nonces(void **state)
{
	static const uint8_t key[NOISE_HASH_SIZE];
	struct noise_cipher sealing = { 0 }, opening = { 0 };
	struct bytes none = { NULL, 0 };
	uint8_t out[32];

	(void)state;
	assert_int_equal(noise_cipher_set_key(&sealing, key, true), 0);
	assert_int_equal(noise_cipher_set_key(&opening, key, false), 0);
	sealing.nonce = opening.nonce = UINT64_MAX - 1;
	assert_int_equal(
	    noise_cipher_seal(&sealing, none, bytes_of("last"), out), 20);
	assert_int_equal(
	    noise_cipher_open(&opening, none, (struct bytes){ out, 20 }, out),
	    4);
	assert_int_equal(
	    noise_cipher_seal(&sealing, none, bytes_of("over"), out),
	    -EOVERFLOW);
	assert_int_equal(
	    noise_cipher_open(&opening, none, (struct bytes){ out, 20 }, out),
	    -EBADMSG);
	noise_cipher_fini(&sealing);
	noise_cipher_fini(&opening);
}

/* --- the public vector of the suite ------------------------------------ */

static void
generic_init(struct noise_xx *xx, const json_t *vector, bool is_initiator)
{
	struct noise_xx_pair statics;

	memcpy(statics.secret,
	    vectors_hex(vector, is_initiator ? "init_static" : "resp_static")
		.data,
	    NOISE_DH_SIZE);
	assert_int_equal(noise_dh_public(statics.secret, statics.public), 0);
	assert_int_equal(
	    noise_xx_init(xx, is_initiator,
		vectors_hex(
		    vector, is_initiator ? "init_prologue" : "resp_prologue"),
		&statics,
		vectors_hex(
		    vector, is_initiator ? "init_ephemeral" : "resp_ephemeral")
		    .data),
	    0);
}

static void
generic_handshake_message(
    struct noise_xx *from, struct noise_xx *to, const json_t *message)
{
	struct bytes payload = vectors_hex(message, "payload");
	struct bytes want = vectors_hex(message, "ciphertext");
	CLEANUP_FREE uint8_t *read = malloc(want.len);
	struct buffer out;
	size_t len;

	buffer_init(&out, 4096);
	assert_int_equal(noise_xx_write(from, payload, &out), 0);
	assert_bytes(buffer_bytes(&out), want, "message");
	assert_int_equal(noise_xx_read(to, want, read, &len), 0);
	assert_bytes((struct bytes){ read, len }, payload, "payload");
	buffer_fini(&out);
}

static void
generic_transport_message(
    const uint8_t key[NOISE_HASH_SIZE], uint64_t nonce, const json_t *message)
{
	struct bytes payload = vectors_hex(message, "payload");
	struct bytes want = vectors_hex(message, "ciphertext");
	CLEANUP_FREE uint8_t *out = malloc(want.len);
	struct noise_cipher cipher = { 0 };

	assert_int_equal(noise_cipher_set_key(&cipher, key, true), 0);
	cipher.nonce = nonce;
	assert_int_equal(
	    noise_cipher_seal(&cipher, (struct bytes){ NULL, 0 }, payload, out),
	    want.len);
	assert_bytes((struct bytes){ out, want.len }, want, "frame");
	noise_cipher_fini(&cipher);
}

static void
test_generic(void **state)
{
	json_t *vector = vectors_get(vectors_load("noise"), "generic");
	json_t *messages = vectors_get(vector, "messages");
	uint8_t keys[2][NOISE_HASH_SIZE], again[2][NOISE_HASH_SIZE];
	struct noise_xx initiator, responder;
	size_t i;

	(void)state;
	generic_init(&initiator, vector, true);
	generic_init(&responder, vector, false);
	for (i = 0; i < NOISE_XX_MESSAGES; i++)
		generic_handshake_message(i == 1 ? &responder : &initiator,
		    i == 1 ? &initiator : &responder,
		    json_array_get(messages, i));
	assert_int_equal(noise_xx_split(&initiator, keys[0], keys[1]), 0);
	assert_int_equal(noise_xx_split(&responder, again[0], again[1]), 0);
	assert_memory_equal(keys, again, sizeof(keys));
	/* Turns go on: the responder speaks after the handshake. */
	for (; i < json_array_size(messages); i++)
		generic_transport_message(keys[i % 2],
		    (i - NOISE_XX_MESSAGES) / 2, json_array_get(messages, i));
	noise_xx_fini(&initiator);
	noise_xx_fini(&responder);
}

/* --- the state between the messages, and the payloads ------------------ */

static void
step(struct noise_xx *from, struct noise_xx *to, struct bytes payload,
    struct bytes want)
{
	uint8_t read[4096];
	struct buffer out;
	size_t len;

	buffer_init(&out, 4096);
	assert_int_equal(noise_xx_write(from, payload, &out), 0);
	assert_bytes(buffer_bytes(&out), want, "message");
	assert_int_equal(noise_xx_read(to, buffer_bytes(&out), read, &len), 0);
	assert_bytes((struct bytes){ read, len }, payload, "payload");
	assert_memory_equal(from->hash, to->hash, NOISE_HASH_SIZE);
	buffer_fini(&out);
}

static void
start(struct noise_xx *xx, const json_t *libp2p, const char *who)
{
	CLEANUP_FREE char *secret = xasprintf("%s_static_private", who);
	CLEANUP_FREE char *public = xasprintf("%s_static_public", who);
	CLEANUP_FREE char *ephemeral = xasprintf("%s_ephemeral_private", who);
	CLEANUP_FREE char *shown = xasprintf("%s_ephemeral_public", who);
	struct noise_xx_pair pair;

	memcpy(pair.secret, vectors_hex(libp2p, secret).data, NOISE_DH_SIZE);
	assert_int_equal(noise_dh_public(pair.secret, pair.public), 0);
	assert_hash(pair.public, libp2p, public);
	assert_int_equal(noise_xx_init(xx, !strcmp(who, "initiator"),
			     vectors_hex(libp2p, "prologue"), &pair,
			     vectors_hex(libp2p, ephemeral).data),
	    0);
	assert_hash(xx->ephemeral.public, libp2p, shown);
}

static void
check_states(const json_t *libp2p, const json_t *handshake)
{
	json_t *want = vectors_get(handshake, "state");
	uint8_t keys[2][NOISE_HASH_SIZE];
	struct noise_xx initiator, responder;

	start(&initiator, libp2p, "initiator");
	start(&responder, libp2p, "responder");
	assert_hash(initiator.hash, want, "h0");
	step(&initiator, &responder, (struct bytes){ NULL, 0 },
	    vectors_hex(handshake, "message_1"));
	assert_hash(initiator.hash, want, "h1");
	step(&responder, &initiator,
	    vectors_hex(handshake, "payload_responder"),
	    vectors_hex(handshake, "message_2"));
	assert_hash(initiator.hash, want, "h2");
	assert_hash(initiator.chaining_key, want, "ck2");
	step(&initiator, &responder,
	    vectors_hex(handshake, "payload_initiator"),
	    vectors_hex(handshake, "message_3"));
	assert_hash(initiator.hash, want, "h3");
	assert_hash(initiator.chaining_key, want, "ck3");
	assert_int_equal(noise_xx_split(&initiator, keys[0], keys[1]), 0);
	assert_hash(keys[0], handshake, "key_initiator_to_responder");
	assert_hash(keys[1], handshake, "key_responder_to_initiator");
}

static void
test_states(void **state)
{
	json_t *libp2p = vectors_get(vectors_load("noise"), "libp2p");
	json_t *handshake;
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(libp2p, "handshakes"), i, handshake)
	    check_states(libp2p, handshake);
}

static int
check_payload(struct bytes payload, const uint8_t *remote_static)
{
	static const char *const muxers[] = { "/yamux/1.0.0" };
	struct noise_choice choice = { muxers, 1, true, NULL, false };
	struct peer_id id;

	return noise_payload_check(payload, remote_static, &choice, &id);
}

static void
test_payloads(void **state)
{
	static const char *const muxers[] = { "/yamux/1.0.0" };
	json_t *libp2p = vectors_get(vectors_load("noise"), "libp2p");
	json_t *handshakes = vectors_get(libp2p, "handshakes");
	struct noise_identity identity = noise_peer_make(0xa1, 0x11, 0x11);
	const uint8_t *other =
	    vectors_hex(libp2p, "responder_static_public").data;
	uint8_t out[NOISE_PAYLOAD_MAX], copy[256];
	size_t i, k;

	(void)state;
	for (i = 0; i < 2; i++) {
		json_t *entry = json_array_get(handshakes, i);
		struct bytes want = vectors_hex(entry, "payload_initiator");
		size_t len =
		    noise_payload_encode(&identity, muxers, 1 - i, out);

		assert_bytes((struct bytes){ out, len }, want, "payload");
		assert_int_equal(
		    check_payload(want, identity.static_public), 0);
		/* negative: presented with the static key of another */
		assert_int_equal(
		    check_payload(want, other), NOISE_PAYLOAD_FORGED);
		/* negative: any byte of key or signature changed */
		for (k = 0; k < 104; k++) {
			memcpy(copy, want.data, want.len);
			copy[k] ^= 1;
			assert_int_not_equal(
			    check_payload((struct bytes){ copy, want.len },
				identity.static_public),
			    0);
		}
		/* truncated: what is there of the extension decides */
		for (k = 0; k < 104; k++)
			assert_int_not_equal(
			    check_payload((struct bytes){ want.data, k },
				identity.static_public),
			    0);
	}
}

/* A list of more than 100 muxers counts as none. */
static void
test_too_many_muxers(void **state)
{
	static const char *const muxers[] = { "/yamux/1.0.0" };
	struct noise_identity identity = noise_peer_make(0xa1, 0x11, 0x11);
	struct noise_choice choice = { muxers, 1, true, NULL, false };
	uint8_t out[NOISE_PAYLOAD_MAX];
	struct peer_id id;
	size_t len, i, count;

	(void)state;
	for (count = 1; count <= 101; count += 50) {
		len = noise_payload_encode(&identity, NULL, 0, out);
		out[len++] = 0x22;
		if (count * 3 < 128) {
			out[len++] = (uint8_t)(count * 3);
		} else {
			out[len++] = (uint8_t)(count * 3 | 0x80);
			out[len++] = (uint8_t)(count * 3 >> 7);
		}
		for (i = 0; i < count; i++) {
			out[len++] = 0x12;
			out[len++] = 1;
			out[len++] = '/';
		}
		assert_int_equal(noise_payload_check((struct bytes){ out, len },
				     identity.static_public, &choice, &id),
		    0);
		assert_null(choice.chosen);
		assert_int_equal(choice.is_hopeless, count <= 100);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hkdf),
		cmocka_unit_test(test_dh),
		cmocka_unit_test(test_used_up_nonces),
		cmocka_unit_test(test_generic),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_payloads),
		cmocka_unit_test(test_too_many_muxers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
