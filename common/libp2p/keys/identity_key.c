#include "common/libp2p/keys/identity_key.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "common/base/fault.h"
#include "common/base/random.h"
#include "common/libp2p/keys/key_message.h"

enum {
	PUBLIC_SIZE = 32,
	DATA_SIZE = IDENTITY_SEED_SIZE + PUBLIC_SIZE,
	DATA_OLD_SIZE = DATA_SIZE + PUBLIC_SIZE, /* the public key twice */
	PUBLIC_HEADER = IDENTITY_PUBLIC_PROTOBUF_SIZE - PUBLIC_SIZE,
	FILE_HEADER = IDENTITY_FILE_SIZE - DATA_SIZE,
};

static EVP_PKEY *
private_key(const uint8_t seed[IDENTITY_SEED_SIZE])
{
	return EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, seed, IDENTITY_SEED_SIZE);
}

/* Derive the public key from the seed. 0 or -EIO. */
static int
complete(struct identity_key *key)
{
	static const uint8_t header[PUBLIC_HEADER] = { 0x08, KEY_ED25519, 0x12,
		PUBLIC_SIZE };
	EVP_PKEY *private = private_key(key->seed);
	size_t len = PUBLIC_SIZE;
	int rc = 0;

	memcpy(key->public_protobuf, header, sizeof(header));
	if (private == NULL ||
	    EVP_PKEY_get_raw_public_key(
		private, key->public_protobuf + PUBLIC_HEADER, &len) != 1)
		rc = -EIO;
	EVP_PKEY_free(private);
	ERR_clear_error();
	return rc;
}

void
identity_key_make(struct identity_key *ret)
{
	random_bytes(ret->seed, sizeof(ret->seed));
	if (complete(ret) < 0)
		die("libcrypto cannot make an Ed25519 key");
}

/* The fault of the file, or NULL; *ret_data is seed and public key. */
static const char *
find_fault(struct bytes file, struct bytes *ret_data)
{
	struct key_message message;
	struct bytes first, second;

	if (key_message_decode(file, &message) < 0)
		return "it is not a private key in libp2p's form";
	if (message.type != KEY_ED25519)
		return "it holds a key of another type than Ed25519";
	if (message.data.len != DATA_SIZE && message.data.len != DATA_OLD_SIZE)
		return "its key has a wrong length";
	first = (struct bytes){ message.data.data + IDENTITY_SEED_SIZE,
		PUBLIC_SIZE };
	second =
	    (struct bytes){ message.data.data + message.data.len - PUBLIC_SIZE,
		    PUBLIC_SIZE };
	if (!bytes_equal(first, second))
		return "its two copies of the public key differ";
	*ret_data = message.data;
	return NULL;
}

int
identity_key_decode(
    struct bytes file, struct identity_key *ret, const char **reason)
{
	struct identity_key key;
	struct bytes data;
	const char *fault = find_fault(file, &data);

	if (fault != NULL) {
		*reason = fault;
		return -EINVAL;
	}
	memcpy(key.seed, data.data, sizeof(key.seed));
	if (complete(&key) < 0) {
		fault = "libcrypto cannot use its key";
	} else if (memcmp(key.public_protobuf + PUBLIC_HEADER,
		       data.data + IDENTITY_SEED_SIZE, PUBLIC_SIZE) != 0) {
		fault = "its public key does not belong to its private key";
	} else {
		*ret = key;
	}
	identity_key_wipe(&key);
	*reason = fault;
	return fault != NULL ? -EINVAL : 0;
}

void
identity_key_encode(
    const struct identity_key *key, uint8_t file[IDENTITY_FILE_SIZE])
{
	static const uint8_t header[FILE_HEADER] = { 0x08, KEY_ED25519, 0x12,
		DATA_SIZE };

	memcpy(file, header, sizeof(header));
	memcpy(file + FILE_HEADER, key->seed, IDENTITY_SEED_SIZE);
	memcpy(file + FILE_HEADER + IDENTITY_SEED_SIZE,
	    key->public_protobuf + PUBLIC_HEADER, PUBLIC_SIZE);
}

int
identity_key_sign(const struct identity_key *key, struct bytes message,
    uint8_t signature[IDENTITY_SIGNATURE_SIZE])
{
	EVP_PKEY *private = private_key(key->seed);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t len = IDENTITY_SIGNATURE_SIZE;
	int rc = 0;

	if (private == NULL || context == NULL ||
	    EVP_DigestSignInit(context, NULL, NULL, NULL, private) != 1 ||
	    EVP_DigestSign(
		context, signature, &len, message.data, message.len) != 1)
		rc = -EIO;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(private);
	ERR_clear_error();
	return rc;
}

void
identity_key_wipe(struct identity_key *key)
{
	explicit_bzero(key, sizeof(*key));
}
