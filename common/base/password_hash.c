#include "common/base/password_hash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "common/base/base64.h"
#include "common/base/random.h"
#include "common/base/text.h"

/* RFC 7914, section 2; the work of OWASP's second row. */
enum { LN = 15, R = 8, P = 1, SALT_LEN = 16, HASH_LEN = 32 };
enum { LN_MIN = 10, LN_MAX = 17, R_MAX = 32, P_MAX = 4 };

/* The hash of a password, made as the others say. 0 or -ENOMEM. */
static int
derive(const struct password_hash *how, struct bytes password, uint8_t *ret)
{
	/* OpenSSL wants to hear a limit a little above what is used. */
	int done = EVP_PBE_scrypt((const char *)password.data, password.len,
	    how->salt, how->salt_len, how->n, how->r, how->p,
	    (uint64_t)PASSWORD_HASH_MEMORY_MAX + 1024 * 1024, ret,
	    how->hash_len);

	return done == 1 ? 0 : -ENOMEM;
}

int
password_hash_make(struct bytes password, char text[PASSWORD_HASH_TEXT_SIZE])
{
	struct password_hash made = { .n = 1 << LN,
		.r = R,
		.p = P,
		.salt_len = SALT_LEN,
		.hash_len = HASH_LEN };
	char salt[BASE64_SIZE(SALT_LEN)], hash[BASE64_SIZE(HASH_LEN)];
	int rc;

	random_bytes(made.salt, SALT_LEN);
	rc = derive(&made, password, made.hash);
	if (rc < 0)
		return rc;
	base64_print_unpadded((struct bytes){ made.salt, SALT_LEN }, salt);
	base64_print_unpadded((struct bytes){ made.hash, HASH_LEN }, hash);
	snprintf(text, PASSWORD_HASH_TEXT_SIZE, "$scrypt$ln=%d,r=%d,p=%d$%s$%s",
	    LN, R, P, salt, hash);
	return 0;
}

/* What stands before the next '$' or ','; moves behind it. */
static struct bytes
take_part(struct bytes *rest, char end)
{
	const uint8_t *found = memchr(rest->data, end, rest->len);
	struct bytes part = *rest;

	if (found == NULL) {
		rest->data += rest->len;
		rest->len = 0;
		return part;
	}
	part.len = (size_t)(found - rest->data);
	rest->data = found + 1;
	rest->len -= part.len + 1;
	return part;
}

/* "r=8" as a number from 1 to max. */
static int
parse_cost(struct bytes part, const char *name, uint64_t max, uint32_t *ret)
{
	uint64_t value;

	if (!bytes_skip(&part, name) || text_parse_u64(part, &value) < 0 ||
	    value < 1 || value > max)
		return -EINVAL;
	*ret = (uint32_t)value;
	return 0;
}

static int
parse_costs(struct bytes part, struct password_hash *hash)
{
	uint32_t ln;

	if (parse_cost(take_part(&part, ','), "ln=", LN_MAX, &ln) < 0 ||
	    ln < LN_MIN ||
	    parse_cost(take_part(&part, ','), "r=", R_MAX, &hash->r) < 0 ||
	    parse_cost(part, "p=", P_MAX, &hash->p) < 0)
		return -EINVAL;
	hash->n = (uint64_t)1 << ln;
	return 128 * hash->n * hash->r <= PASSWORD_HASH_MEMORY_MAX ? 0
								   : -EINVAL;
}

int
password_hash_parse(const char *text, struct password_hash *ret)
{
	struct bytes rest = bytes_of(text);
	struct password_hash hash = { 0 };

	if (!bytes_skip(&rest, "$scrypt$") ||
	    parse_costs(take_part(&rest, '$'), &hash) < 0 ||
	    base64_parse(take_part(&rest, '$'), hash.salt, sizeof(hash.salt),
		&hash.salt_len) < 0 ||
	    base64_parse(rest, hash.hash, sizeof(hash.hash), &hash.hash_len) <
		0 ||
	    hash.hash_len < PASSWORD_HASH_LEN_MIN)
		return -EINVAL;
	*ret = hash;
	return 0;
}

bool
password_hash_matches(const struct password_hash *hash, struct bytes password)
{
	uint8_t made[PASSWORD_HASH_LEN_MAX];
	bool same = derive(hash, password, made) == 0 &&
		    bytes_equal_secret((struct bytes){ made, hash->hash_len },
			(struct bytes){ hash->hash, hash->hash_len });

	OPENSSL_cleanse(made, sizeof(made));
	return same;
}
