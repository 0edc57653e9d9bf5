/* public_key and identity_key: keys of every type, and broken ones */
#include "common/libp2p/keys/public_key.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/libp2p/keys/identity_key.h"
#include "common/libp2p/keys/key_message.h"
#include "common/libp2p/multiformats/uvarint.h"
#include "tests/unit/support/vectors.h"

static void
check_verify(const json_t *entry)
{
	struct bytes key = vectors_hex(entry, "public_key_protobuf");
	struct bytes signature = vectors_hex(entry, "signature");
	struct bytes text =
	    bytes_of(vectors_text(entry, "signed_message_utf8"));
	CLEANUP_FREE uint8_t *copy = xmemdup(signature.data, signature.len);
	size_t i;

	assert_true(public_key_verify(key, text, signature));
	assert_false(public_key_verify(key, bytes_of("another"), signature));
	for (i = 0; i < signature.len; i += signature.len / 16) {
		copy[i] ^= 1;
		assert_false(public_key_verify(
		    key, text, (struct bytes){ copy, signature.len }));
		copy[i] ^= 1;
		assert_false(public_key_verify(
		    key, text, (struct bytes){ signature.data, i }));
	}
	for (i = 0; i < key.len; i++)
		assert_false(public_key_verify(
		    (struct bytes){ key.data, i }, text, signature));
}

static void
test_verify(void **state)
{
	json_t *entry;
	size_t i;

	(void)state;
	json_array_foreach(vectors_get(vectors_load("keys"), "keys"), i, entry)
	{
		print_message("%s\n", vectors_text(entry, "type"));
		check_verify(entry);
	}
}

/* A copy of the key of this type with something changed does not verify. */
enum change {
	TRAILING,
	DUPLICATE,
	OTHER_TYPE,
	ORDER,
	LONG_FORM,
	UNKNOWN_FIELD
};

static void
change_key(struct bytes key, enum change change, struct buffer *out)
{
	static const uint8_t type_again[] = { 0x08, 0x01 };
	static const uint8_t unknown[] = { 0x18, 0x01 };
	static const uint8_t long_type[] = { 0x08, 0x81, 0x00 };
	struct bytes type = { key.data, 2 };
	struct bytes data = { key.data + 2, key.len - 2 };

	switch (change) {
	case TRAILING:
		buffer_append(out, key);
		buffer_append(out, bytes_of("x"));
		break;
	case DUPLICATE:
		buffer_append(out, key);
		buffer_append(out, (struct bytes){ type_again, 2 });
		break;
	case OTHER_TYPE:
		buffer_append(out, bytes_of("\x08\x07"));
		buffer_append(out, data);
		break;
	case ORDER:
		buffer_append(out, data);
		buffer_append(out, type);
		break;
	case LONG_FORM:
		buffer_append(out, (struct bytes){ long_type, 3 });
		buffer_append(out, data);
		break;
	case UNKNOWN_FIELD:
		buffer_append(out, key);
		buffer_append(out, (struct bytes){ unknown, 2 });
		break;
	}
}

static void
test_changed_keys(void **state)
{
	json_t *entry =
	    json_array_get(vectors_get(vectors_load("keys"), "keys"), 0);
	struct bytes text =
	    bytes_of(vectors_text(entry, "signed_message_utf8"));
	struct buffer changed;
	enum change change;

	(void)state;
	for (change = TRAILING; change <= UNKNOWN_FIELD; change++) {
		buffer_init(&changed, 256);
		change_key(vectors_hex(entry, "public_key_protobuf"), change,
		    &changed);
		assert_false(public_key_verify(buffer_bytes(&changed), text,
		    vectors_hex(entry, "signature")));
		buffer_fini(&changed);
	}
}

/* --- keys that are well-formed and still not for us --------------------- */

static void
key_protobuf(uint8_t type, EVP_PKEY *key, struct buffer *ret)
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	uint8_t head[] = { 0x08, type, 0x12 };

	assert_true(len > 0);
	buffer_init(ret, 4096);
	buffer_append(ret, (struct bytes){ head, sizeof(head) });
	uvarint_append(ret, (uint64_t)len);
	buffer_append(ret, (struct bytes){ der, (size_t)len });
	OPENSSL_free(der);
}

static struct bytes
sign(EVP_PKEY *key, struct bytes text, uint8_t *room, size_t size)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	assert_int_equal(
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(
	    EVP_DigestSign(context, room, &size, text.data, text.len), 1);
	EVP_MD_CTX_free(context);
	return (struct bytes){ room, size };
}

/* clang-format off */
static const struct {
	const char *name;
	uint8_t type;
	unsigned int bits;
	const char *curve;
	bool want;
} strange[] = {
	{ "RSA of 1024 bits", KEY_RSA, 1024, NULL, false },
	{ "RSA of 2048 bits", KEY_RSA, 2048, NULL, true },
	{ "RSA that calls itself ECDSA", KEY_ECDSA, 2048, NULL, false },
	{ "RSA that calls itself Ed25519", KEY_ED25519, 2048, NULL, false },
	{ "P-256", KEY_ECDSA, 0, "P-256", true },
	{ "P-384", KEY_ECDSA, 0, "P-384", true },
	{ "P-521", KEY_ECDSA, 0, "P-521", true },
	{ "a curve that nobody takes", KEY_ECDSA, 0, "P-224", false },
	{ "secp256k1 as ECDSA", KEY_ECDSA, 0, "secp256k1", false },
	{ "ECDSA that calls itself RSA", KEY_RSA, 0, "P-256", false },
};
/* clang-format on */

static void
test_strange_keys(void **state)
{
	struct bytes text = bytes_of("text");
	uint8_t signature[1024];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(strange); i++) {
		EVP_PKEY *key = strange[i].curve != NULL
				    ? EVP_EC_gen(strange[i].curve)
				    : EVP_RSA_gen(strange[i].bits);
		struct buffer protobuf;

		print_message("%s\n", strange[i].name);
		assert_non_null(key);
		key_protobuf(strange[i].type, key, &protobuf);
		assert_int_equal(
		    public_key_verify(buffer_bytes(&protobuf), text,
			sign(key, text, signature, sizeof(signature))),
		    strange[i].want);
		buffer_fini(&protobuf);
		EVP_PKEY_free(key);
	}
}

/* Who makes the key chooses what a check of a signature costs us. */
static void
test_rsa_with_a_large_exponent(void **state)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	struct bytes text = bytes_of("text");
	BIGNUM *exponent = NULL;
	uint8_t signature[1024];
	EVP_PKEY *key = NULL;
	struct buffer protobuf;

	(void)state;
	assert_true(BN_hex2bn(&exponent, "1000000000000000000000000F") > 0);
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, exponent), 1);
	assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
	key_protobuf(KEY_RSA, key, &protobuf);
	assert_false(public_key_verify(buffer_bytes(&protobuf), text,
	    sign(key, text, signature, sizeof(signature))));
	buffer_fini(&protobuf);
	BN_free(exponent);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(context);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_changed_keys),
		cmocka_unit_test(test_strange_keys),
		cmocka_unit_test(test_rsa_with_a_large_exponent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
