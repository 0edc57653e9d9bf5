#include "common/libp2p/noise/noise_crypto.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

#include "common/base/fault.h"

enum {
	NONCE_SIZE = 12,
	/* Per call of libcrypto, which reads its input twice, for cipher and
	 * tag: the second time it is still in the cache. */
	CIPHER_PIECE = 4096,
};

static EVP_PKEY *
dh_private_key(const uint8_t secret[NOISE_DH_SIZE])
{
	return EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_X25519, NULL, secret, NOISE_DH_SIZE);
}

int
noise_dh_public(const uint8_t secret[NOISE_DH_SIZE], uint8_t ret[NOISE_DH_SIZE])
{
	EVP_PKEY *key = dh_private_key(secret);
	size_t len = NOISE_DH_SIZE;
	int rc = 0;

	if (key == NULL || EVP_PKEY_get_raw_public_key(key, ret, &len) != 1)
		rc = -EIO;
	EVP_PKEY_free(key);
	return rc;
}

int
noise_dh(const uint8_t secret[NOISE_DH_SIZE],
    const uint8_t public[NOISE_DH_SIZE], uint8_t ret[NOISE_DH_SIZE])
{
	EVP_PKEY *key = dh_private_key(secret);
	EVP_PKEY *remote = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_X25519, NULL, public, NOISE_DH_SIZE);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	uint8_t zero = 0;
	size_t len = NOISE_DH_SIZE, i;
	int rc = 0;

	/* EVP_PKEY_derive() fails for a zero result. */
	if (key == NULL || remote == NULL || context == NULL ||
	    EVP_PKEY_derive_init(context) != 1 ||
	    EVP_PKEY_derive_set_peer(context, remote) != 1 ||
	    EVP_PKEY_derive(context, ret, &len) != 1)
		rc = -EBADMSG;
	/* Check it here rather than rely on one library's behaviour. */
	for (i = 0; rc == 0 && i < NOISE_DH_SIZE; i++)
		zero |= ret[i];
	if (zero == 0)
		rc = -EBADMSG;
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(remote);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return rc;
}

int
noise_mix_hash(uint8_t hash[NOISE_HASH_SIZE], struct bytes data)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int rc = 0;

	if (context == NULL ||
	    EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(context, hash, NOISE_HASH_SIZE) != 1 ||
	    EVP_DigestUpdate(context, data.data, data.len) != 1 ||
	    EVP_DigestFinal_ex(context, hash, NULL) != 1)
		rc = -EIO;
	EVP_MD_CTX_free(context);
	return rc;
}

static bool
hmac(const uint8_t key[NOISE_HASH_SIZE], struct bytes data,
    uint8_t ret[NOISE_HASH_SIZE])
{
	static const uint8_t nothing;

	return HMAC(EVP_sha256(), key, NOISE_HASH_SIZE,
		   data.len > 0 ? data.data : &nothing, data.len, ret,
		   NULL) != NULL;
}

/* Section 4.3: first = HMAC(t, 1), second = HMAC(t, first || 2). */
int
noise_hkdf(const uint8_t chaining_key[NOISE_HASH_SIZE], struct bytes input,
    uint8_t first[NOISE_HASH_SIZE], uint8_t second[NOISE_HASH_SIZE])
{
	uint8_t temporary[NOISE_HASH_SIZE], block[NOISE_HASH_SIZE + 1];
	int rc = -EIO;

	block[0] = 1;
	if (!hmac(chaining_key, input, temporary) ||
	    !hmac(temporary, (struct bytes){ block, 1 }, first))
		goto out;
	memcpy(block, first, NOISE_HASH_SIZE);
	block[NOISE_HASH_SIZE] = 2;
	if (hmac(temporary, (struct bytes){ block, sizeof(block) }, second))
		rc = 0;
out:
	OPENSSL_cleanse(temporary, sizeof(temporary));
	OPENSSL_cleanse(block, sizeof(block));
	return rc;
}

/* Looked up once: the library's search for an algorithm takes locks. */
static const EVP_CIPHER *
cipher(void)
{
	static EVP_CIPHER *fetched;

	if (fetched == NULL)
		fetched = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
	if (fetched == NULL)
		die("libcrypto has no ChaCha20-Poly1305");
	return fetched;
}

int
noise_cipher_set_key(struct noise_cipher *c, const uint8_t key[NOISE_HASH_SIZE],
    bool for_sealing)
{
	if (c->context == NULL)
		c->context = EVP_CIPHER_CTX_new();
	c->nonce = 0;
	if (c->context == NULL || EVP_CipherInit_ex2(c->context, cipher(), key,
				      NULL, for_sealing ? 1 : 0, NULL) != 1)
		return -EIO;
	return 0;
}

void
noise_cipher_fini(struct noise_cipher *c)
{
	EVP_CIPHER_CTX_free(c->context); /* cleanses */
	*c = (struct noise_cipher){ 0 };
}

/* Section 12.3: four zero bytes, then the counter, least byte first. */
static void
print_nonce(uint64_t counter, uint8_t nonce[NONCE_SIZE])
{
	size_t i;

	memset(nonce, 0, 4);
	for (i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(counter >> (8 * i));
}

static bool
add_associated(EVP_CIPHER_CTX *context, struct bytes associated)
{
	int len;

	return associated.len == 0 ||
	       EVP_CipherUpdate(context, NULL, &len, associated.data,
		   (int)associated.len) == 1;
}

/* Seal or open what is in; as many bytes come out. */
static bool
convert(EVP_CIPHER_CTX *context, struct bytes in, uint8_t *out)
{
	size_t done, piece;
	int len;

	for (done = 0; done < in.len; done += piece) {
		piece = in.len - done;
		if (piece > CIPHER_PIECE)
			piece = CIPHER_PIECE;
		if (EVP_CipherUpdate(context, out + done, &len, in.data + done,
			(int)piece) != 1)
			return false;
	}
	return true;
}

ssize_t
noise_cipher_seal(struct noise_cipher *c, struct bytes associated,
    struct bytes plaintext, uint8_t *out)
{
	uint8_t nonce[NONCE_SIZE];
	uint8_t *tag = out + plaintext.len;
	int last = 0;

	if (c->nonce == UINT64_MAX) /* section 5.1: reserved */
		return -EOVERFLOW;
	if (plaintext.len > INT_MAX || associated.len > INT_MAX)
		return -EIO;
	print_nonce(c->nonce++, nonce);
	if (EVP_EncryptInit_ex2(c->context, NULL, NULL, nonce, NULL) != 1 ||
	    !add_associated(c->context, associated) ||
	    !convert(c->context, plaintext, out) ||
	    EVP_EncryptFinal_ex(c->context, tag, &last) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_GET_TAG,
		NOISE_CIPHER_TAG_SIZE, tag) != 1)
		return -EIO;
	return (ssize_t)plaintext.len + NOISE_CIPHER_TAG_SIZE;
}

static bool
decrypt(EVP_CIPHER_CTX *context, const uint8_t nonce[NONCE_SIZE],
    struct bytes associated, struct bytes ciphertext, const uint8_t *tag,
    uint8_t *out)
{
	uint8_t expected[NOISE_CIPHER_TAG_SIZE];
	int last = 0;

	memcpy(
	    expected, tag, sizeof(expected)); /* the API takes it non-const */
	return EVP_DecryptInit_ex2(context, NULL, NULL, nonce, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG,
		   sizeof(expected), expected) == 1 &&
	       add_associated(context, associated) &&
	       convert(context, ciphertext, out) &&
	       EVP_DecryptFinal_ex(context, out + ciphertext.len, &last) == 1;
}

ssize_t
noise_cipher_open(struct noise_cipher *c, struct bytes associated,
    struct bytes sealed, uint8_t *out)
{
	uint8_t nonce[NONCE_SIZE];
	size_t len;

	if (sealed.len < NOISE_CIPHER_TAG_SIZE || sealed.len > INT_MAX ||
	    c->nonce == UINT64_MAX)
		return -EBADMSG;
	len = sealed.len - NOISE_CIPHER_TAG_SIZE;
	print_nonce(c->nonce, nonce);
	if (!decrypt(c->context, nonce, associated,
		(struct bytes){ sealed.data, len }, sealed.data + len, out)) {
		/* Unauthenticated plaintext must not be used. */
		OPENSSL_cleanse(out, len);
		ERR_clear_error();
		return -EBADMSG;
	}
	c->nonce++;
	return (ssize_t)len;
}
