/* identity_key: the key file, and what is wrong with it */
#include "common/libp2p/keys/identity_key.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/libp2p/multiformats/peer_id.h"
#include "common/libp2p/keys/public_key.h"
#include "tests/unit/support/vectors.h"

static void
assert_bytes(const uint8_t *got, size_t len, struct bytes want)
{
	assert_int_equal(len, want.len);
	assert_memory_equal(got, want.data, len);
}

static void
check_key(const json_t *entry)
{
	struct bytes file = vectors_hex(entry, "private_key_protobuf");
	struct bytes text =
	    bytes_of(vectors_text(entry, "signed_message_utf8"));
	uint8_t encoded[IDENTITY_FILE_SIZE];
	uint8_t signature[IDENTITY_SIGNATURE_SIZE];
	struct identity_key key;
	const char *reason;

	assert_int_equal(identity_key_decode(file, &key, &reason), 0);
	assert_bytes(key.public_protobuf, sizeof(key.public_protobuf),
	    vectors_hex(entry, "public_key_protobuf"));
	identity_key_encode(&key, encoded);
	assert_bytes(encoded, sizeof(encoded), file);
	assert_int_equal(identity_key_sign(&key, text, signature), 0);
	assert_bytes(
	    signature, sizeof(signature), vectors_hex(entry, "signature"));
	identity_key_wipe(&key);
}

static void
test_vectors(void **state)
{
	struct identity_key key;
	const char *reason;
	json_t *entry;
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(vectors_load("keys"), "keys"), i, entry)
	{
		if (!strcmp(vectors_text(entry, "type"), "ed25519")) {
			check_key(entry);
			continue;
		}
		assert_int_equal(identity_key_decode(
				     vectors_hex(entry, "private_key_protobuf"),
				     &key, &reason),
		    -EINVAL);
		assert_string_equal(
		    reason, "it holds a key of another type than Ed25519");
	}
}

static void
test_old_form(void **state)
{
	json_t *entry =
	    vectors_get(vectors_load("keys"), "legacy_ed25519_private_96");
	struct identity_key key;
	const char *reason;

	(void)state;
	assert_int_equal(
	    identity_key_decode(
		vectors_hex(entry, "private_key_protobuf"), &key, &reason),
	    0);
	assert_bytes(key.public_protobuf, sizeof(key.public_protobuf),
	    vectors_hex(entry, "expect_public_key_protobuf"));
}

/* The example of the original program: a seed of 32 ones */
#define SEED "0101010101010101010101010101010101010101010101010101010101010101"
#define PUBLIC \
	"8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"
#define OTHER "d04ab232742bb4ab3a1368bd4615e4e6d0224ab71a016baf8520a332c9778737"

#define NOT_A_KEY    "it is not a private key in libp2p's form"
#define WRONG_LENGTH "its key has a wrong length"

/* clang-format off */
static const struct { const char *name, *hex, *reason; } files[] = {
	{ "as it should be", "08011240" SEED PUBLIC, NULL },
	{ "the other order", "1240" SEED PUBLIC "0801", NULL },
	{ "old form", "08011260" SEED PUBLIC PUBLIC, NULL },
	{ "empty", "", NOT_A_KEY },
	{ "cut in the middle", "08011240" SEED, NOT_A_KEY },
	{ "one byte missing", "08011240" SEED
	  "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f",
	  NOT_A_KEY },
	{ "something behind", "08011240" SEED PUBLIC "0a", NOT_A_KEY },
	{ "no type", "1240" SEED PUBLIC, NOT_A_KEY },
	{ "no data", "0801", NOT_A_KEY },
	{ "type twice", "080108011240" SEED PUBLIC, NOT_A_KEY },
	{ "data twice", "08011240" SEED PUBLIC "1240" SEED PUBLIC, NOT_A_KEY },
	{ "zeros", "00000000000000000000000000000000", NOT_A_KEY },
	{ "text", "2d2d2d2d2d424547494e", NOT_A_KEY },
	{ "huge length", "080112ffffffffffffffff7f", NOT_A_KEY },
	{ "another type", "08021220" SEED,
	  "it holds a key of another type than Ed25519" },
	{ "seed alone", "08011220" SEED, WRONG_LENGTH },
	{ "no bytes", "08011200", WRONG_LENGTH },
	{ "copies that differ", "08011260" SEED PUBLIC OTHER,
	  "its two copies of the public key differ" },
	{ "another public key", "08011240" SEED OTHER,
	  "its public key does not belong to its private key" },
	{ "another public key, old form", "08011260" SEED OTHER OTHER,
	  "its public key does not belong to its private key" },
};
/* clang-format on */

static void
test_files(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		json_t *hex = json_string(files[i].hex);
		struct identity_key key;
		const char *reason = NULL;
		int rc;

		print_message("%s\n", files[i].name);
		rc = identity_key_decode(vectors_hex_of(hex), &key, &reason);
		json_decref(hex);
		if (files[i].reason == NULL) {
			assert_int_equal(rc, 0);
		} else {
			assert_int_equal(rc, -EINVAL);
			assert_string_equal(reason, files[i].reason);
		}
	}
}

static void
test_original_example(void **state)
{
	json_t *hex = json_string("08011240" SEED PUBLIC);
	char text[PEER_ID_TEXT_SIZE];
	struct identity_key key;
	struct peer_id id;
	const char *reason;

	(void)state;
	assert_int_equal(
	    identity_key_decode(vectors_hex_of(hex), &key, &reason), 0);
	json_decref(hex);
	assert_int_equal(
	    peer_id_of_public_key((struct bytes){ key.public_protobuf,
				      sizeof(key.public_protobuf) },
		&id),
	    0);
	peer_id_print(&id, text);
	assert_string_equal(
	    text, "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5");
}

static void
test_made(void **state)
{
	uint8_t file[IDENTITY_FILE_SIZE], signature[IDENTITY_SIGNATURE_SIZE];
	struct identity_key key, other, back;
	const char *reason;

	(void)state;
	identity_key_make(&key);
	identity_key_make(&other);
	assert_memory_not_equal(key.seed, other.seed, sizeof(key.seed));
	identity_key_encode(&key, file);
	assert_int_equal(
	    identity_key_decode(
		(struct bytes){ file, sizeof(file) }, &back, &reason),
	    0);
	assert_memory_equal(&key, &back, sizeof(key));
	assert_int_equal(
	    identity_key_sign(&key, bytes_of("text"), signature), 0);
	assert_true(public_key_verify(
	    (struct bytes){ key.public_protobuf, sizeof(key.public_protobuf) },
	    bytes_of("text"), (struct bytes){ signature, sizeof(signature) }));
	memset(&other, 0, sizeof(other));
	identity_key_wipe(&key);
	assert_memory_equal(&key, &other, sizeof(key));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_old_form),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_original_example),
		cmocka_unit_test(test_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
