#include "cli/data/sha256.h"

#include <openssl/evp.h>

#include "common/base/fault.h"
#include "common/base/hex.h"

static EVP_MD_CTX *
context_of(struct sha256 *hash)
{
	return (EVP_MD_CTX *)hash;
}

struct sha256 *
sha256_new(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (context == NULL ||
	    EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		die("there is no SHA-256");
	return (struct sha256 *)context;
}

void
sha256_add(struct sha256 *hash, struct bytes bytes)
{
	if (EVP_DigestUpdate(context_of(hash), bytes.data, bytes.len) != 1)
		die("SHA-256 failed");
}

void
sha256_finish(struct sha256 *hash, char text[SHA256_TEXT + 1])
{
	uint8_t digest[SHA256_SIZE];

	if (EVP_DigestFinal_ex(context_of(hash), digest, NULL) != 1)
		die("SHA-256 failed");
	EVP_MD_CTX_free(context_of(hash));
	hex_print((struct bytes){ digest, sizeof(digest) }, text);
}
