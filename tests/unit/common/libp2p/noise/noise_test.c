/* noise: whole handshakes and frames, against the vectors and against harm */
#include "common/libp2p/noise/noise.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "tests/unit/support/noise_peer.h"
#include "tests/unit/support/vectors.h"

static const char *const yamux[] = { "/yamux/1.0.0" };
static const char *const mplex[] = { "/mplex/6.7.0" };
static const char *const both[] = { "/mplex/6.7.0", "/yamux/1.0.0" };
static const char *const both_turned[] = { "/yamux/1.0.0", "/mplex/6.7.0" };

static void
assert_bytes(struct bytes got, struct bytes want, const char *what)
{
	if (!bytes_equal(got, want))
		fail_msg("%s: %zu bytes that differ from the %zu expected",
		    what, got.len, want.len);
}

/*
 * Carry what `from` says to `to`, chunk bytes more at a time, what is not used
 * being offered again. True if all was used.
 */
static bool
carry(struct noise *from, struct noise *to, size_t chunk)
{
	struct buffer *out = noise_output(from);
	size_t offered = 0, used;

	while (out->len > 0 && noise_state(to) == NOISE_HANDSHAKE &&
	       offered < out->len) {
		offered =
		    offered + chunk < out->len ? offered + chunk : out->len;
		used = noise_receive(
		    to, (struct bytes){ buffer_bytes(out).data, offered });
		assert_true(used <= offered);
		buffer_consume(out, used);
		offered -= used;
	}
	return out->len == 0;
}

struct pair {
	struct noise_identity identities[2];
	struct noise *initiator;
	struct noise *responder;
};

static void
pair_free(struct pair *pair)
{
	noise_free(pair->initiator);
	noise_free(pair->responder);
}

static void
pair_talk(struct pair *pair, size_t chunk)
{
	size_t turns;

	for (turns = 0; turns < 4; turns++) {
		carry(pair->initiator, pair->responder, chunk);
		carry(pair->responder, pair->initiator, chunk);
	}
}

/* Two that like each other: seeds 11 and 22, yamux on both sides. */
static void
pair_make(struct pair *pair)
{
	pair->identities[0] = noise_peer_make(0xa1, 0x11, 0x11);
	pair->identities[1] = noise_peer_make(0xb1, 0x22, 0x22);
	pair->initiator = noise_new(true, &pair->identities[0], NULL, yamux, 1);
	pair->responder =
	    noise_new(false, &pair->identities[1], NULL, yamux, 1);
	pair_talk(pair, 4096);
	assert_int_equal(noise_state(pair->initiator), NOISE_ESTABLISHED);
	assert_int_equal(noise_state(pair->responder), NOISE_ESTABLISHED);
}

/* --- the vectors of libp2p ------------------------------------------- */

static void
check_frame(struct noise *from, struct noise *to, const json_t *entry)
{
	struct bytes plaintext =
	    bytes_of(vectors_text(entry, "plaintext_utf8"));
	struct bytes framed = vectors_hex(entry, "framed");
	CLEANUP_FREE uint8_t *out = malloc(plaintext.len + NOISE_OVERHEAD);
	CLEANUP_FREE uint8_t *opened = malloc(plaintext.len);
	ssize_t n = noise_seal(from, plaintext, out);
	size_t len, i;

	assert_int_equal(n, framed.len);
	assert_bytes((struct bytes){ out, (size_t)n }, framed, "frame");
	for (i = 0; i < framed.len; i++)
		assert_int_equal(
		    noise_open(
			to, (struct bytes){ framed.data, i }, opened, &len),
		    0);
	assert_int_equal(noise_open(to, framed, opened, &len), framed.len);
	assert_bytes((struct bytes){ opened, len }, plaintext, "plaintext");
}

static void
replay_handshake(const json_t *libp2p, const json_t *handshake, size_t chunk)
{
	const json_t *framed = vectors_get(handshake, "framed");
	size_t count =
	    json_array_size(vectors_get(handshake, "muxers_initiator"));
	struct pair pair;
	struct peer_id want;
	size_t i;
	json_t *entry;

	pair.identities[0] = noise_peer_make(0xa1, 0x11, 0x11);
	pair.identities[1] = noise_peer_make(0xb1, 0x22, 0x22);
	assert_int_equal(
	    peer_id_parse(vectors_text(libp2p, "responder_peer_id"), &want), 0);
	pair.initiator =
	    noise_new(true, &pair.identities[0], &want, yamux, count);
	pair.responder =
	    noise_new(false, &pair.identities[1], NULL, yamux, count);
	noise_test_set_ephemeral(pair.initiator,
	    vectors_hex(libp2p, "initiator_ephemeral_private").data);
	noise_test_set_ephemeral(pair.responder,
	    vectors_hex(libp2p, "responder_ephemeral_private").data);

	json_array_foreach(framed, i, entry)
	{
		struct noise *from = i == 1 ? pair.responder : pair.initiator;
		struct noise *to = i == 1 ? pair.initiator : pair.responder;

		assert_bytes(buffer_bytes(noise_output(from)),
		    vectors_hex_of(entry), "handshake message");
		assert_true(carry(from, to, chunk));
	}
	assert_int_equal(noise_state(pair.initiator), NOISE_ESTABLISHED);
	assert_int_equal(noise_state(pair.responder), NOISE_ESTABLISHED);
	assert_true(peer_id_equal(noise_remote(pair.initiator), &want));
	want = noise_peer_id(0x11);
	assert_true(peer_id_equal(noise_remote(pair.responder), &want));
	assert_true(noise_muxer(pair.initiator) == (count ? yamux[0] : NULL));
	assert_true(noise_muxer(pair.responder) == (count ? yamux[0] : NULL));

	json_array_foreach(vectors_get(handshake, "transport"), i, entry)
	{
		bool by_initiator =
		    !strcmp(vectors_text(entry, "from"), "initiator");

		check_frame(by_initiator ? pair.initiator : pair.responder,
		    by_initiator ? pair.responder : pair.initiator, entry);
	}
	pair_free(&pair);
}

static void
test_vectors(void **state)
{
	json_t *libp2p = vectors_get(vectors_load("noise"), "libp2p");
	json_t *handshake;
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(libp2p, "handshakes"), i, handshake)
	{
		replay_handshake(libp2p, handshake, 4096);
		replay_handshake(libp2p, handshake, 1);
	}
}

/* --- who may meet whom ------------------------------------------------ */

/* clang-format off */
static const struct {
	const char *name;
	uint8_t initiator, initiator_signer, responder, responder_signer;
	uint8_t expected; /* by the initiator; 0: anyone */
	bool initiator_fails, responder_fails;
	const char *reason;
} meetings[] = {
	{ "as expected", 0x11, 0x11, 0x22, 0x22, 0x22, false, false, NULL },
	{ "anyone", 0x11, 0x11, 0x22, 0x22, 0, false, false, NULL },
	{ "another one", 0x11, 0x11, 0x22, 0x22, 0x33, true, false,
	  "another peer than the expected one answered" },
	{ "forged responder", 0x11, 0x11, 0x22, 0x33, 0, true, false,
	  "its identity key did not sign its static key" },
	{ "forged initiator", 0x11, 0x33, 0x22, 0x22, 0, false, true,
	  "its identity key did not sign its static key" },
	{ "ourselves", 0x11, 0x11, 0x11, 0x11, 0, true, false,
	  "the remote is ourselves" },
	{ "ourselves, expected", 0x11, 0x11, 0x11, 0x11, 0x11, true, false,
	  "the remote is ourselves" },
};
/* clang-format on */

static void
test_meetings(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(meetings); i++) {
		struct pair pair = {
			{ noise_peer_make(0xa1, meetings[i].initiator,
			      meetings[i].initiator_signer),
			    noise_peer_make(0xb1, meetings[i].responder,
				meetings[i].responder_signer) },
			NULL, NULL
		};
		struct peer_id expected;
		struct noise *failed;

		print_message("%s\n", meetings[i].name);
		if (meetings[i].expected != 0)
			expected = noise_peer_id(meetings[i].expected);
		pair.initiator = noise_new(true, &pair.identities[0],
		    meetings[i].expected != 0 ? &expected : NULL, yamux, 1);
		pair.responder =
		    noise_new(false, &pair.identities[1], NULL, yamux, 1);
		pair_talk(&pair, 4096);
		assert_int_equal(noise_state(pair.initiator) == NOISE_FAILED,
		    meetings[i].initiator_fails);
		assert_int_equal(noise_state(pair.responder) == NOISE_FAILED,
		    meetings[i].responder_fails);
		failed = meetings[i].initiator_fails ? pair.initiator
						     : pair.responder;
		if (meetings[i].reason != NULL)
			assert_string_equal(
			    noise_reason(failed), meetings[i].reason);
		/* One who does not like the other says nothing more. */
		if (meetings[i].initiator_fails)
			assert_int_equal(noise_output(pair.initiator)->len, 0);
		pair_free(&pair);
	}
}

/* clang-format off */
static const struct {
	const char *name;
	const char *const *initiator;
	size_t initiator_count;
	const char *const *responder;
	size_t responder_count;
	const char *want;
	bool fails;
} choices[] = {
	{ "same", yamux, 1, yamux, 1, "/yamux/1.0.0", false },
	{ "none on both sides", NULL, 0, NULL, 0, NULL, false },
	{ "responder has none", yamux, 1, NULL, 0, NULL, false },
	{ "initiator has none", NULL, 0, yamux, 1, NULL, false },
	{ "nothing in common", yamux, 1, mplex, 1, NULL, true },
	{ "initiator's order", both, 2, both_turned, 2, "/mplex/6.7.0", false },
	{ "initiator's order", both_turned, 2, both, 2, "/yamux/1.0.0", false },
	{ "one of two", both, 2, yamux, 1, "/yamux/1.0.0", false },
};
/* clang-format on */

static void
test_muxers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(choices); i++) {
		struct pair pair = { { noise_peer_make(0xa1, 0x11, 0x11),
					 noise_peer_make(0xb1, 0x22, 0x22) },
			NULL, NULL };
		struct noise *ends[2];
		size_t k;

		print_message("%s\n", choices[i].name);
		pair.initiator = noise_new(true, &pair.identities[0], NULL,
		    choices[i].initiator, choices[i].initiator_count);
		pair.responder = noise_new(false, &pair.identities[1], NULL,
		    choices[i].responder, choices[i].responder_count);
		pair_talk(&pair, 4096);
		ends[0] = pair.initiator;
		ends[1] = pair.responder;
		assert_int_equal(noise_state(pair.initiator),
		    choices[i].fails ? NOISE_FAILED : NOISE_ESTABLISHED);
		for (k = 0; k < 2 && !choices[i].fails; k++) {
			if (choices[i].want == NULL)
				assert_null(noise_muxer(ends[k]));
			else
				assert_string_equal(
				    noise_muxer(ends[k]), choices[i].want);
		}
		pair_free(&pair);
	}
}

/* --- broken handshakes ------------------------------------------------ */

/* One changed bit anywhere in message 2 or 3 ends the handshake. */
static void
flip_bits(bool in_message_2)
{
	struct noise_identity a = noise_peer_make(0xa1, 0x11, 0x11);
	struct noise_identity b = noise_peer_make(0xb1, 0x22, 0x22);
	uint8_t frame[512];
	size_t at, len = 218;

	for (at = 2; at < len; at += 5) {
		struct noise *initiator = noise_new(true, &a, NULL, yamux, 1);
		struct noise *responder = noise_new(false, &b, NULL, yamux, 1);
		struct noise *victim = in_message_2 ? initiator : responder;
		struct buffer *out;

		carry(initiator, responder, 4096);
		if (!in_message_2)
			carry(responder, initiator, 4096);
		out = noise_output(in_message_2 ? responder : initiator);
		len = out->len;
		memcpy(frame, buffer_bytes(out).data, len);
		frame[at] ^= 0x20;
		noise_receive(victim, (struct bytes){ frame, len });
		if (noise_state(victim) != NOISE_FAILED)
			fail_msg("a changed byte %zu passed", at);
		assert_non_null(noise_reason(victim));
		noise_free(initiator);
		noise_free(responder);
	}
}

static void
test_flipped_bits(void **state)
{
	(void)state;
	flip_bits(true);
	flip_bits(false);
}

/* First bytes for a responder that end it, or leave it waiting */
/* clang-format off */
static const struct {
	const char *name, *hex;
	size_t zeros; /* that follow */
	enum noise_state want;
	size_t used;
} openings[] = {
	{ "nothing", "", 0, NOISE_HANDSHAKE, 0 },
	{ "half a length", "00", 0, NOISE_HANDSHAKE, 0 },
	{ "length alone", "0020", 0, NOISE_HANDSHAKE, 0 },
	{ "one byte missing", "0020", 31, NOISE_HANDSHAKE, 0 },
	{ "empty message", "0000", 0, NOISE_FAILED, 2 },
	{ "short key", "001f", 31, NOISE_FAILED, 33 },
	{ "zero key: zero DH result", "0020", 32, NOISE_FAILED, 34 },
	{ "key of order 8: zero DH result",
	  "0020e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	  0, NOISE_FAILED, 34 },
	{ "oversized, known by its length", "1001", 0, NOISE_FAILED, 0 },
	{ "as big as can be", "ffff", 4096, NOISE_FAILED, 0 },
};
/* clang-format on */

static void
test_openings(void **state)
{
	struct noise_identity identity = noise_peer_make(0xb1, 0x22, 0x22);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(openings); i++) {
		json_t *hex = json_string(openings[i].hex);
		struct bytes head = vectors_hex_of(hex);
		size_t len = head.len + openings[i].zeros;
		uint8_t *input = calloc(1, len > 0 ? len : 1);
		struct noise *noise =
		    noise_new(false, &identity, NULL, yamux, 1);

		print_message("%s\n", openings[i].name);
		memcpy(input, head.data, head.len);
		assert_int_equal(
		    noise_receive(noise, (struct bytes){ input, len }),
		    openings[i].used);
		assert_int_equal(noise_state(noise), openings[i].want);
		assert_int_equal(noise_output(noise)->len, 0);
		noise_free(noise);
		free(input);
		json_decref(hex);
	}
}

/* What follows the last handshake message belongs to the transport. */
static void
test_leftover(void **state)
{
	struct noise_identity a = noise_peer_make(0xa1, 0x11, 0x11);
	struct noise_identity b = noise_peer_make(0xb1, 0x22, 0x22);
	struct noise *initiator = noise_new(true, &a, NULL, yamux, 1);
	struct noise *responder = noise_new(false, &b, NULL, yamux, 1);
	uint8_t stream[1024], opened[16];
	size_t message, used, len;
	ssize_t frame;

	(void)state;
	carry(initiator, responder, 4096);
	carry(responder, initiator, 4096);
	message = noise_output(initiator)->len;
	memcpy(stream, buffer_bytes(noise_output(initiator)).data, message);
	frame = noise_seal(initiator, bytes_of("first"), stream + message);
	assert_true(frame > 0);
	used = noise_receive(
	    responder, (struct bytes){ stream, message + (size_t)frame });
	assert_int_equal(used, message);
	assert_int_equal(noise_state(responder), NOISE_ESTABLISHED);
	assert_int_equal(noise_receive(responder,
			     (struct bytes){ stream + used, (size_t)frame }),
	    0);
	assert_int_equal(
	    noise_open(responder,
		(struct bytes){ stream + used, (size_t)frame }, opened, &len),
	    frame);
	assert_bytes((struct bytes){ opened, len }, bytes_of("first"), "text");
	noise_free(initiator);
	noise_free(responder);
}

/* --- frames ----------------------------------------------------------- */

static void
test_biggest_frame(void **state)
{
	CLEANUP_FREE uint8_t *plain = calloc(1, NOISE_PLAINTEXT_MAX + 1);
	CLEANUP_FREE uint8_t *sealed =
	    malloc(NOISE_PLAINTEXT_MAX + NOISE_OVERHEAD);
	CLEANUP_FREE uint8_t *opened = malloc(NOISE_PLAINTEXT_MAX);
	struct bytes text = { plain, NOISE_PLAINTEXT_MAX };
	struct pair pair;
	size_t len, i;

	(void)state;
	pair_make(&pair);
	for (i = 0; i < NOISE_PLAINTEXT_MAX; i++)
		plain[i] = (uint8_t)(i * 7);
	for (i = 0; i < 3; i++) {
		assert_int_equal(noise_seal(pair.responder, text, sealed),
		    NOISE_PLAINTEXT_MAX + NOISE_OVERHEAD);
		assert_int_equal(noise_open(pair.initiator,
				     (struct bytes){ sealed,
					 NOISE_PLAINTEXT_MAX + NOISE_OVERHEAD },
				     opened, &len),
		    NOISE_PLAINTEXT_MAX + NOISE_OVERHEAD);
		assert_bytes((struct bytes){ opened, len }, text, "text");
	}
	text.len++;
	assert_int_equal(noise_seal(pair.responder, text, sealed), -EIO);
	pair_free(&pair);
}

/* clang-format off */
static const struct {
	const char *name;
	size_t flip;   /* this byte of the frame; 0: none */
	size_t repeat; /* open the good frame so often first */
	const char *instead; /* other bytes */
} forgeries[] = {
	{ "changed ciphertext", 3, 0, NULL },
	{ "changed tag", 12, 0, NULL },
	{ "replayed", 0, 1, NULL },
	{ "shorter than a tag", 0, 0, "000f" },
	{ "no length", 0, 0, "0000" },
	{ "random", 0, 0, "001000112233445566778899aabbccddeeff" },
};
/* clang-format on */

static void
test_forgeries(void **state)
{
	size_t i, k, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forgeries); i++) {
		uint8_t frame[64], opened[64];
		struct pair pair;
		struct bytes input;
		json_t *hex = NULL;

		print_message("%s\n", forgeries[i].name);
		pair_make(&pair);
		input =
		    (struct bytes){ frame, (size_t)noise_seal(pair.initiator,
					       bytes_of("secret"), frame) };
		for (k = 0; k < forgeries[i].repeat; k++)
			assert_int_equal(
			    noise_open(pair.responder, input, opened, &len),
			    input.len);
		if (forgeries[i].flip != 0)
			frame[forgeries[i].flip] ^= 1;
		if (forgeries[i].instead != NULL) {
			hex = json_string(forgeries[i].instead);
			input = vectors_hex_of(hex);
		}
		memset(opened, 0, sizeof(opened));
		assert_int_equal(
		    noise_open(pair.responder, input, opened, &len), -EBADMSG);
		for (k = 0; k < sizeof(opened); k++)
			assert_int_equal(opened[k], 0);
		assert_int_equal(noise_state(pair.responder), NOISE_FAILED);
		assert_int_equal(
		    noise_seal(pair.responder, bytes_of("x"), frame), -EIO);
		json_decref(hex);
		pair_free(&pair);
	}
}

static void
test_sealing_too_early(void **state)
{
	struct noise_identity identity = noise_peer_make(0xa1, 0x11, 0x11);
	struct noise *noise = noise_new(true, &identity, NULL, yamux, 1);
	uint8_t out[64];
	size_t len;

	(void)state;
	assert_int_equal(noise_seal(noise, bytes_of("x"), out), -EIO);
	assert_int_equal(
	    noise_open(noise, (struct bytes){ out, 2 }, out, &len), -EBADMSG);
	noise_free(noise);
	noise_free(NULL);
}

static void
test_made_static_key(void **state)
{
	struct noise_identity one, two;
	static const uint8_t zero[NOISE_KEY_SIZE];

	(void)state;
	assert_int_equal(noise_identity_make_static(&one), 0);
	assert_int_equal(noise_identity_make_static(&two), 0);
	assert_memory_not_equal(
	    one.static_public, two.static_public, NOISE_KEY_SIZE);
	noise_identity_wipe(&one);
	assert_memory_equal(one.static_secret, zero, NOISE_KEY_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_meetings),
		cmocka_unit_test(test_muxers),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_openings),
		cmocka_unit_test(test_leftover),
		cmocka_unit_test(test_biggest_frame),
		cmocka_unit_test(test_forgeries),
		cmocka_unit_test(test_sealing_too_early),
		cmocka_unit_test(test_made_static_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
