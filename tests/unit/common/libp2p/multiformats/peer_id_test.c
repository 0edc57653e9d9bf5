/* peer_id: text forms and multihashes */
#include "common/libp2p/multiformats/peer_id.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "tests/unit/support/vectors.h"

static void
check_texts(const json_t *entry, const struct peer_id *id)
{
	static const char *const forms[] = { "peer_id", "cid_v1_base32",
		"cid_v1_base36" };
	char text[PEER_ID_TEXT_SIZE], base36[PEER_ID_BASE36_SIZE];
	struct peer_id parsed;
	size_t i;

	for (i = 0; i < 3; i++) {
		assert_int_equal(
		    peer_id_parse(vectors_text(entry, forms[i]), &parsed), 0);
		assert_memory_equal(&parsed, id, sizeof(parsed));
	}
	peer_id_print(id, text);
	assert_string_equal(text, vectors_text(entry, "peer_id"));
	peer_id_print_base36(id, base36);
	assert_string_equal(base36, vectors_text(entry, "cid_v1_base36"));
}

static struct peer_id
check_multihash(const json_t *entry)
{
	struct bytes multihash = vectors_hex(entry, "multihash");
	struct peer_id id;

	assert_int_equal(peer_id_decode(multihash, &id), 0);
	assert_true(bytes_equal(peer_id_bytes(&id), multihash));
	check_texts(entry, &id);
	return id;
}

static void
test_keys(void **state)
{
	json_t *entry;
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(vectors_load("keys"), "keys"), i, entry)
	{
		struct bytes key = vectors_hex(entry, "public_key_protobuf");
		struct peer_id id = check_multihash(entry), of_key;
		struct bytes inlined;

		assert_int_equal(peer_id_of_public_key(key, &of_key), 0);
		assert_memory_equal(&id, &of_key, sizeof(id));
		assert_true(peer_id_equal(&id, &of_key));
		if (!strcmp(
			vectors_text(entry, "multihash_kind"), "identity")) {
			assert_true(peer_id_inline_key(&id, &inlined));
			assert_true(bytes_equal(inlined, key));
		} else {
			assert_false(peer_id_inline_key(&id, &inlined));
		}
	}
}

static void
test_spec_examples(void **state)
{
	json_t *entry;
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(vectors_load("keys"), "spec_examples"),
	    i, entry) check_multihash(entry);
}

/* The same id in every other alphabet that a CID may come in */
static void
test_other_bases(void **state)
{
	static const char *const texts[] = {
		"f01720024080112202ffa35a99d3a3cfbb17bb7c1dc5561b18a8dcca4df38"
		"dc613ea859c37eb1336b",
		"F01720024080112202FFA35A99D3A3CFBB17BB7C1DC5561B18A8DCCA4DF38"
		"DC613EA859C37EB1336B",
		"BAFZAAJAIAEJCAL72GWUZ2OR47OYXXN6B3RKWDMMKRXGKJXZY3RQT5KCZYN7L"
		"CM3L",
		"uAXIAJAgBEiAv-jWpnTo8-7F7t8HcVWGxio3MpN843GE-qFnDfrEzaw",
	};
	struct peer_id want, id;
	size_t i;

	(void)state;
	assert_int_equal(
	    peer_id_parse(
		"12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA", &want),
	    0);
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(peer_id_parse(texts[i], &id), 0);
		assert_true(peer_id_equal(&id, &want));
	}
}

static void
test_invalid_vectors(void **state)
{
	struct peer_id id;
	json_t *entry;
	size_t i;

	(void)state;
	json_array_foreach(
	    vectors_get(vectors_load("keys"), "invalid_peer_id_strings"), i,
	    entry)
	{
		print_message("%s\n", vectors_text(entry, "why"));
		assert_int_equal(
		    peer_id_parse(vectors_text(entry, "input"), &id), -EINVAL);
	}
}

/* clang-format off */
static const struct { const char *name, *text; } malformed_texts[] = {
	{ "one digit", "1" },
	{ "only zeros", "1111" },
	{ "base58 CID without its code",
	  "5AQEJxUbHmcrwPL6fEbKVb7R2ugaXNVEqmNRyv7TtRC3Xw" },
	{ "a digit missing",
	  "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3p" },
	{ "a digit more",
	  "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pqq" },
	{ "space before",
	  " 12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq" },
	{ "newline after",
	  "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq\n" },
	{ "CID version 0 in hex", "f00720000" },
	{ "CID of nothing", "f" },
	{ "CID that ends after its codec", "f0172" },
	{ "unknown base", "?0172" },
	{ "129 digits",
	  "11111111111111111111111111111111111111111111111111111111111111111"
	  "1111111111111111111111111111111111111111111111111111111111111111" },
};

static const struct { const char *name, *hex; int want; } multihashes[] = {
	{ "nothing", "", -EINVAL },
	{ "identity of nothing", "0000", -EINVAL },
	{ "identity of a byte", "000161", 0 },
	{ "identity of 42 bytes",
	  "002a000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"
	  "1f20212223242526272829", 0 },
	{ "identity of 43 bytes",
	  "002b000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"
	  "1f202122232425262728292a", -EINVAL },
	{ "shorter than it says", "00026100", 0 },
	{ "shorter than it says", "000361", -EINVAL },
	{ "longer than it says", "00016100", -EINVAL },
	{ "sha2-256 of 31 bytes",
	  "121f000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
	  -EINVAL },
	{ "sha1",
	  "1114000102030405060708090a0b0c0d0e0f10111213", -EINVAL },
	{ "length not in the shortest form", "00810061", -EINVAL },
};
/* clang-format on */

static void
test_malformed_texts(void **state)
{
	struct peer_id id;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(malformed_texts); i++) {
		print_message("%s\n", malformed_texts[i].name);
		assert_int_equal(
		    peer_id_parse(malformed_texts[i].text, &id), -EINVAL);
	}
}

static void
test_multihashes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(multihashes); i++) {
		json_t *hex = json_string(multihashes[i].hex);
		char text[PEER_ID_TEXT_SIZE], base36[PEER_ID_BASE36_SIZE];
		struct peer_id id, back;

		print_message("%s\n", multihashes[i].name);
		assert_int_equal(peer_id_decode(vectors_hex_of(hex), &id),
		    multihashes[i].want);
		json_decref(hex);
		if (multihashes[i].want < 0)
			continue;
		peer_id_print_base36(&id, base36);
		assert_int_equal(peer_id_parse(base36, &back), 0);
		assert_memory_equal(&id, &back, sizeof(id));
		peer_id_print(&id, text); /* fits */
	}
}

/* The longest id that there can be, in its longest texts */
static void
test_room(void **state)
{
	uint8_t multihash[PEER_ID_MAX];
	char text[PEER_ID_TEXT_SIZE], base36[PEER_ID_BASE36_SIZE];
	struct peer_id id, back;

	(void)state;
	memset(multihash, 0xff, sizeof(multihash));
	multihash[0] = 0;
	multihash[1] = PEER_ID_MAX - 2;
	assert_int_equal(
	    peer_id_decode((struct bytes){ multihash, PEER_ID_MAX }, &id), 0);
	peer_id_print(&id, text);
	assert_int_equal(peer_id_parse(text, &back), 0);
	assert_true(peer_id_equal(&id, &back));
	peer_id_print_base36(&id, base36);
	assert_int_equal(peer_id_parse(base36, &back), 0);
	assert_true(peer_id_equal(&id, &back));
}

/* Before anybody is known there is an id of no bytes. */
static void
test_nobody(void **state)
{
	static const struct peer_id nobody;
	struct peer_id somebody;

	(void)state;
	assert_int_equal(
	    peer_id_parse(
		"12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
		&somebody),
	    0);
	assert_true(peer_id_equal(&nobody, &nobody));
	assert_false(peer_id_equal(&nobody, &somebody));
	assert_true(
	    bytes_equal(peer_id_bytes(&nobody), (struct bytes){ NULL, 0 }));
}

static void
test_keys_out_of_bounds(void **state)
{
	CLEANUP_FREE uint8_t *big = calloc(1, 1 << 20);
	struct peer_id id;

	(void)state;
	assert_int_equal(
	    peer_id_of_public_key((struct bytes){ NULL, 0 }, &id), -EINVAL);
	assert_int_equal(
	    peer_id_decode((struct bytes){ NULL, 0 }, &id), -EINVAL);
	assert_int_equal(
	    peer_id_of_public_key((struct bytes){ big, 1 << 20 }, &id),
	    -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_spec_examples),
		cmocka_unit_test(test_other_bases),
		cmocka_unit_test(test_invalid_vectors),
		cmocka_unit_test(test_malformed_texts),
		cmocka_unit_test(test_multihashes),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_keys_out_of_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
