#include "goop-rendezvousd/clients/admin_access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/base/base64.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/password_hash.h"
#include "common/base/random.h"
#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"

enum { CREDENTIALS_MAX = 512, DIGEST_LEN = 32 };

struct admin_access {
	struct client_limits *limits;
	bool is_enabled, has_hash, is_remembered;
	struct password_hash hash;
	uint8_t key[DIGEST_LEN];        /* of the digests */
	uint8_t password[DIGEST_LEN];   /* its digest, unless has_hash */
	uint8_t remembered[DIGEST_LEN]; /* that the hash was found to match */
	struct token_bucket hashes;
};

/* Digests have one length: comparing them does not reveal the password's. */
static void
digest(const struct admin_access *access, struct bytes secret,
    uint8_t ret[DIGEST_LEN])
{
	unsigned int len = DIGEST_LEN;

	if (HMAC(EVP_sha256(), access->key, sizeof(access->key), secret.data,
		secret.len, ret, &len) == NULL)
		bug("admin access: no digest");
}

int
admin_access_new(const char *password, const char *hash,
    struct client_limits *limits, struct admin_access **ret)
{
	struct admin_access *access = xzalloc(sizeof(*access));

	access->limits = limits;
	access->has_hash = hash[0] != '\0';
	access->is_enabled = access->has_hash || password[0] != '\0';
	if (access->has_hash && password_hash_parse(hash, &access->hash) < 0) {
		free(access);
		return -EINVAL;
	}
	random_bytes(access->key, sizeof(access->key));
	digest(access, bytes_of(password), access->password);
	*ret = access;
	return 0;
}

void
admin_access_free(struct admin_access *access)
{
	if (access == NULL)
		return;
	OPENSSL_cleanse(access, sizeof(*access));
	free(access);
}

bool
admin_access_is_enabled(const struct admin_access *access)
{
	return access->is_enabled;
}

static bool
is_digest(const uint8_t a[DIGEST_LEN], const uint8_t b[DIGEST_LEN])
{
	return bytes_equal_secret(
	    (struct bytes){ a, DIGEST_LEN }, (struct bytes){ b, DIGEST_LEN });
}

/* May the slow hash be tried? The bucket starts with the first try. */
static bool
take_hash(struct admin_access *access, struct monotime now)
{
	if (access->hashes.burst == 0)
		token_bucket_init(&access->hashes, ADMIN_HASHES_BURST,
		    ADMIN_HASHES_PER_MINUTE / 60.0, now);
	return token_bucket_take(&access->hashes, 1, now);
}

/* The slow hash is computed once for the right password, as pages send it with
 * every request. From then on every other password is known to be wrong without
 * the hash, and counts as a failure: if it had to wait for the hash, the right
 * one could be told by not waiting. */
static enum admin_verdict
judge_by_hash(struct admin_access *access, struct bytes password,
    struct monotime now, unsigned int *ret_retry_s)
{
	uint8_t given[DIGEST_LEN];

	digest(access, password, given);
	if (access->is_remembered)
		return is_digest(given, access->remembered) ? ADMIN_GRANTED
							    : ADMIN_WRONG;
	if (!take_hash(access, now)) {
		*ret_retry_s = 60 / ADMIN_HASHES_PER_MINUTE;
		return ADMIN_LATER;
	}
	if (!password_hash_matches(&access->hash, password))
		return ADMIN_WRONG;
	memcpy(access->remembered, given, sizeof(given));
	access->is_remembered = true;
	return ADMIN_GRANTED;
}

static enum admin_verdict
judge_password(struct admin_access *access, struct bytes password,
    struct monotime now, unsigned int *ret_retry_s)
{
	uint8_t given[DIGEST_LEN];

	if (access->has_hash)
		return judge_by_hash(access, password, now, ret_retry_s);
	digest(access, password, given);
	return is_digest(given, access->password) ? ADMIN_GRANTED : ADMIN_WRONG;
}

/* RFC 7617, section 2: user, colon, password, in base64. */
static enum admin_verdict
judge_credentials(struct admin_access *access, const char *text,
    struct monotime now, unsigned int *ret_retry_s)
{
	uint8_t decoded[CREDENTIALS_MAX];
	struct bytes credentials = { decoded, 0 };
	enum admin_verdict verdict = ADMIN_WRONG;

	text += strspn(text, " ");
	if (base64_parse(bytes_of(text), decoded, sizeof(decoded),
		&credentials.len) == 0 &&
	    bytes_skip(&credentials, "admin:"))
		verdict = judge_password(access, credentials, now, ret_retry_s);
	OPENSSL_cleanse(decoded, sizeof(decoded));
	return verdict;
}

enum admin_verdict
admin_access_judge(struct admin_access *access, const char *authorization,
    const struct client_address *address, struct monotime now,
    unsigned int *ret_retry_s)
{
	enum admin_verdict verdict;

	if (!access->is_enabled)
		return ADMIN_DISABLED;
	if (authorization == NULL ||
	    strncasecmp(authorization, "Basic ", 6) != 0)
		return ADMIN_UNNAMED;
	/* The right password waits too, or not waiting would reveal it. */
	if (!client_limits_login(access->limits, address, now, ret_retry_s))
		return ADMIN_LATER;
	verdict =
	    judge_credentials(access, authorization + 6, now, ret_retry_s);
	if (verdict == ADMIN_WRONG) {
		client_limits_login_failed(access->limits, address, now);
		log_stranger("admin page refused reason=password");
	} else if (verdict == ADMIN_GRANTED) {
		client_limits_login_passed(access->limits, address);
	}
	return verdict;
}
