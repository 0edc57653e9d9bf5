/* pubsub_message and pubsub_rpc: the vectors, and what must be refused */
#include "common/libp2p/gossipsub/pubsub_message.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xalloc.h"
#include "common/libp2p/keys/identity_key.h"
#include "common/libp2p/multiformats/uvarint.h"
#include "tests/unit/support/vectors.h"

static json_t *root;

static int
load(void **state)
{
	(void)state;
	root = vectors_load("pubsub");
	return 0;
}

static void
assert_bytes(struct bytes got, struct bytes want, const char *what)
{
	if (!bytes_equal(got, want))
		fail_msg("%s: %zu bytes that differ from the %zu expected",
		    what, got.len, want.len);
}

/* A message in an RPC of its own, decoded; the caller frees the RPC. */
static struct pubsub_rpc *
decode_message(struct bytes encoded)
{
	uint8_t *bytes = xzalloc(1 + UVARINT_SIZE_MAX + encoded.len);
	struct pubsub_rpc *rpc;
	size_t len = 1;

	bytes[0] = 0x12;
	len += uvarint_encode(encoded.len, bytes + 1);
	memcpy(bytes + len, encoded.data, encoded.len);
	assert_int_equal(
	    pubsub_rpc_decode((struct bytes){ bytes, len + encoded.len }, &rpc),
	    0);
	free(bytes);
	return rpc;
}

static const Pubsub__Message *
only_message(const struct pubsub_rpc *rpc)
{
	const Pubsub__Rpc *content = pubsub_rpc_content(rpc);

	assert_int_equal(content->n_publish, 1);
	return content->publish[0];
}

static void
test_signed_messages(void **state)
{
	struct bytes data = vectors_hex(root, "data");
	struct pubsub_message message;
	struct pubsub_frame frame;
	struct pubsub_rpc *rpc;
	size_t i, offset, len;
	uint8_t *input;
	json_t *entry;

	(void)state;
	json_array_foreach(vectors_get(root, "messages"), i, entry)
	{
		rpc = decode_message(vectors_hex(entry, "message"));
		assert_int_equal(
		    pubsub_message_parse(only_message(rpc), &message), 0);
		assert_true(pubsub_message_verify(&message));
		assert_bytes(message.data, data, "data");
		assert_bytes(message.topic,
		    bytes_of(vectors_text(root, "topic")), "topic");
		input = pubsub_message_signing_input(&message.content, &len);
		assert_bytes((struct bytes){ input, len },
		    vectors_hex(root, "signed_bytes"), "signed bytes");
		free(input);
		frame = pubsub_message_frame(&message.content, &offset);
		assert_bytes(pubsub_frame_bytes(&frame),
		    vectors_hex(entry, "rpc_framed"), "frame");
		assert_bytes((struct bytes){ frame.data + offset, data.len },
		    data, "data in the frame");
		pubsub_frame_free(&frame);
		pubsub_rpc_free(rpc);
	}
}

static void
test_js_generated(void **state)
{
	json_t *entry = vectors_get(root, "js_generated");
	struct pubsub_rpc *rpc = decode_message(vectors_hex(entry, "message"));
	struct pubsub_message message;
	uint8_t *input;
	size_t len;

	(void)state;
	assert_int_equal(pubsub_message_parse(only_message(rpc), &message), 0);
	assert_true(pubsub_message_verify(&message));
	input = pubsub_message_signing_input(&message.content, &len);
	assert_bytes((struct bytes){ input, len },
	    vectors_hex(entry, "signed_bytes"), "signed bytes");
	free(input);
	pubsub_rpc_free(rpc);
}

static void
test_strict_sign_refuses(void **state)
{
	struct pubsub_message message;
	struct pubsub_rpc *rpc;
	json_t *entry;
	size_t i;

	(void)state;
	json_array_foreach(
	    vectors_get(root, "invalid_under_strict_sign"), i, entry)
	{
		rpc = decode_message(vectors_hex(entry, "message"));
		if (pubsub_message_parse(only_message(rpc), &message) == 0 &&
		    pubsub_message_verify(&message))
			fail_msg("accepted: %s", vectors_text(entry, "name"));
		pubsub_rpc_free(rpc);
	}
}

static void
test_ids_of_both_forms(void **state)
{
	struct bytes go, js;
	struct pubsub_id id, other;
	struct pubsub_rpc *rpc;
	struct pubsub_message message;
	json_t *entry;
	bool is_js;
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(root, "messages"), i, entry)
	{
		go = vectors_hex(entry, "message_id_spec_and_go");
		js = vectors_hex(entry, "message_id_js_default");
		rpc = decode_message(vectors_hex(entry, "message"));
		pubsub_message_parse(only_message(rpc), &message);
		assert_int_equal(pubsub_id_decode(go, &id, &is_js), 0);
		assert_false(is_js);
		assert_int_equal(pubsub_id_decode(js, &other, &is_js), 0);
		assert_true(is_js);
		assert_memory_equal(&id, &other, sizeof(id));
		assert_memory_equal(&id, &message.id, sizeof(id));
		assert_bytes(pubsub_id_encode(&id, false), go, "go form");
		assert_bytes(pubsub_id_encode(&id, true), js, "js form");
		assert_true(pubsub_id_seqno(&id) == 0x0123456789abcdef);
		pubsub_rpc_free(rpc);
	}
}

static void
test_ids_of_no_form(void **state)
{
	static const char *const cases[] = { "", "1234567", "12345678",
		"a string of somebody's own making" };
	struct pubsub_id id;
	bool is_js;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(
		    pubsub_id_decode(bytes_of(cases[i]), &id, &is_js), -EINVAL);
}

static void
test_rpcs_encode_to_themselves(void **state)
{
	struct bytes framed, bare;
	struct pubsub_frame frame;
	struct pubsub_rpc *rpc;
	json_t *entry;
	size_t i, used;

	(void)state;
	json_array_foreach(vectors_get(root, "rpcs"), i, entry)
	{
		framed = vectors_hex(entry, "framed");
		assert_int_equal(
		    uvarint_frame_decode(framed, PUBSUB_RPC_MAX, &bare, &used),
		    0);
		assert_int_equal(used, framed.len);
		assert_bytes(bare, vectors_hex(entry, "rpc"), "unframed");
		assert_int_equal(pubsub_rpc_decode(bare, &rpc), 0);
		frame = pubsub_frame_new(pubsub_rpc_content(rpc));
		/* What we do not know moves to the end, nothing is lost. */
		assert_int_equal(frame.len, framed.len);
		if (strstr(vectors_text(entry, "name"), "exchange") == NULL)
			assert_bytes(pubsub_frame_bytes(&frame), framed,
			    vectors_text(entry, "name"));
		pubsub_frame_free(&frame);
		pubsub_rpc_free(rpc);
	}
}

static int
sign_with_key(struct bytes message, uint8_t signature[64], void *key)
{
	return identity_key_sign(key, message, signature);
}

static void
test_made_as_the_vector(void **state)
{
	struct bytes seed = vectors_hex(root, "identity_seed");
	struct pubsub_draft draft = { .seqno = 0x0123456789abcdef,
		.topic = bytes_of(vectors_text(root, "topic")),
		.data = vectors_hex(root, "data") };
	struct identity_key key;
	struct pubsub_frame frame;
	struct peer_id author;
	size_t offset;

	(void)state;
	assert_int_equal(
	    peer_id_parse(vectors_text(root, "peer_id"), &author), 0);
	draft.author = &author;
	memset(&key, 0, sizeof(key));
	memcpy(key.seed, seed.data, sizeof(key.seed));
	assert_int_equal(
	    pubsub_message_make(&draft, sign_with_key, &key, &frame, &offset),
	    0);
	assert_bytes(pubsub_frame_bytes(&frame),
	    vectors_hex(
		json_array_get(vectors_get(root, "messages"), 0), "rpc_framed"),
	    "own message");
	pubsub_frame_free(&frame);
}

/* What must not be decoded, or not cost more than it may */
static void
test_rpcs_refused(void **state)
{
	static const struct {
		const char *name;
		const char *repeated;
		size_t len, count;
	} cases[] = {
		{ "half a tag", "\x0a", 1, 1 },
		{ "longer than it is", "\x0a\x05\x08\x01", 4, 1 },
		{ "a group", "\x0b", 1, 1 },
		{ "field number 0", "\x02\x00", 2, 1 },
		{ "empty messages without end", "\x12\x00", 2, 500000 },
		{ "unknown fields without end", "\x78\x01", 2, 500000 },
		{ "empty GRAFTs without end", "\x1a\x02\x1a\x00", 4, 250000 },
	};
	struct pubsub_rpc *rpc;
	uint8_t *bytes;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bytes = xzalloc(cases[i].len * cases[i].count);
		for (j = 0; j < cases[i].count; j++)
			memcpy(bytes + j * cases[i].len, cases[i].repeated,
			    cases[i].len);
		if (pubsub_rpc_decode(
			(struct bytes){ bytes, cases[i].len * cases[i].count },
			&rpc) != -EPROTO)
			fail_msg("decoded: %s", cases[i].name);
		free(bytes);
	}
}

/* A tag of 0 in more bytes than it takes: what we relay must not hold it. */
static void
test_unknown_fields_end_here(void **state)
{
	static const uint8_t unknown[] = { 0x80, 0x00, 0x01, 0x32, 0x00 };
	json_t *entry = json_array_get(vectors_get(root, "messages"), 0);
	struct bytes encoded = vectors_hex(entry, "message");
	uint8_t *longer = xzalloc(encoded.len + sizeof(unknown));
	struct pubsub_message message;
	struct pubsub_frame frame;
	struct pubsub_rpc *rpc;
	size_t offset;

	(void)state;
	memcpy(longer, encoded.data, encoded.len);
	memcpy(longer + encoded.len, unknown, sizeof(unknown));
	rpc = decode_message(
	    (struct bytes){ longer, encoded.len + sizeof(unknown) });
	assert_int_equal(pubsub_message_parse(only_message(rpc), &message), 0);
	assert_true(pubsub_message_verify(&message));
	frame = pubsub_message_frame(&message.content, &offset);
	assert_bytes(pubsub_frame_bytes(&frame),
	    vectors_hex(entry, "rpc_framed"), "relayed");
	pubsub_frame_free(&frame);
	pubsub_rpc_free(rpc);
	free(longer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signed_messages),
		cmocka_unit_test(test_js_generated),
		cmocka_unit_test(test_strict_sign_refuses),
		cmocka_unit_test(test_ids_of_both_forms),
		cmocka_unit_test(test_ids_of_no_form),
		cmocka_unit_test(test_rpcs_encode_to_themselves),
		cmocka_unit_test(test_made_as_the_vector),
		cmocka_unit_test(test_rpcs_refused),
		cmocka_unit_test(test_unknown_fields_end_here),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
