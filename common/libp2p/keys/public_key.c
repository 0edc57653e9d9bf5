#include "common/libp2p/keys/public_key.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/base/array.h"
#include "common/libp2p/keys/key_message.h"

enum {
	ED25519_SIZE = 32,
	SECP256K1_SIZE = 33, /* compressed point */
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 8192,
	RSA_EXPONENT_BITS_MAX = 32, /* as go; verifying takes time by it */
	KEY_PROTOBUF_MAX = 2048,    /* RSA with 8192 bits has 1062 */
	SIGNATURE_MAX = RSA_BITS_MAX / 8,
};

/* A SubjectPublicKeyInfo of exactly these bytes. NULL if it is not one. */
static EVP_PKEY *
spki_decode(struct bytes der)
{
	const uint8_t *at = der.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der.len);

	if (key != NULL && at != der.data + der.len) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static EVP_PKEY *
ed25519_decode(struct bytes data)
{
	if (data.len != ED25519_SIZE)
		return NULL;
	return EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, data.data, data.len);
}

static EVP_PKEY *
secp256k1_decode(struct bytes data)
{
	/* SubjectPublicKeyInfo of id-ecPublicKey, secp256k1, 33 byte point */
	uint8_t der[23 + SECP256K1_SIZE] = { 0x30, 0x36, 0x30, 0x10, 0x06, 0x07,
		0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
		0x81, 0x04, 0x00, 0x0a, 0x03, 0x22, 0x00 };

	if (data.len != SECP256K1_SIZE ||
	    (data.data[0] != 0x02 && data.data[0] != 0x03))
		return NULL;
	memcpy(der + 23, data.data, data.len);
	return spki_decode((struct bytes){ der, sizeof(der) });
}

static bool
is_fit_rsa(const EVP_PKEY *key)
{
	BIGNUM *exponent = NULL;
	bool is_fit =
	    EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
	    EVP_PKEY_get_bits(key) >= RSA_BITS_MIN &&
	    EVP_PKEY_get_bits(key) <= RSA_BITS_MAX &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
	    BN_num_bits(exponent) <= RSA_EXPONENT_BITS_MAX;

	BN_free(exponent);
	return is_fit;
}

static EVP_PKEY *
rsa_decode(struct bytes data)
{
	EVP_PKEY *key = spki_decode(data);

	if (key != NULL && !is_fit_rsa(key)) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static bool
is_nist_curve(const EVP_PKEY *key)
{
	static const char *const curves[] = { "prime256v1", "secp384r1",
		"secp521r1" };
	char name[32];
	size_t len, i;

	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(key, name, sizeof(name), &len) != 1)
		return false;
	for (i = 0; i < ARRAY_SIZE(curves); i++)
		if (!strcmp(name, curves[i]))
			return true;
	return false;
}

static EVP_PKEY *
ecdsa_decode(struct bytes data)
{
	EVP_PKEY *key = spki_decode(data);

	if (key != NULL && !is_nist_curve(key)) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static EVP_PKEY *
key_decode(const struct key_message *message)
{
	switch (message->type) {
	case KEY_ED25519:
		return ed25519_decode(message->data);
	case KEY_RSA:
		return rsa_decode(message->data);
	case KEY_SECP256K1:
		return secp256k1_decode(message->data);
	case KEY_ECDSA:
		return ecdsa_decode(message->data);
	default:
		return NULL;
	}
}

/* Ed25519 hashes by itself; all others sign a SHA-256. */
static bool
key_verify(EVP_PKEY *key, struct bytes message, struct bytes signature)
{
	bool is_ed25519 = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
	const EVP_MD *digest = is_ed25519 ? NULL : EVP_sha256();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool verified =
	    context != NULL &&
	    EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
	    EVP_DigestVerify(context, signature.data, signature.len,
		message.data, message.len) == 1;

	EVP_MD_CTX_free(context);
	return verified;
}

bool
public_key_verify(
    struct bytes key_protobuf, struct bytes message, struct bytes signature)
{
	struct key_message decoded;
	EVP_PKEY *key;
	bool verified;

	if (key_protobuf.len > KEY_PROTOBUF_MAX ||
	    signature.len > SIGNATURE_MAX ||
	    key_message_decode(key_protobuf, &decoded) < 0)
		return false;
	/* The peer id is a hash of these bytes: no second order of fields. */
	if (key_protobuf.data[0] != 0x08)
		return false;
	key = key_decode(&decoded);
	verified = key != NULL && key_verify(key, message, signature);
	EVP_PKEY_free(key);
	ERR_clear_error(); /* errors that a peer causes must not pile up */
	return verified;
}
