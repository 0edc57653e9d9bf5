/*
 * password_hash: a password as it may be stored in a file: scrypt (RFC 7914)
 * with a salt, in the PHC string format, which other programs write too:
 *
 *	$scrypt$ln=15,r=8,p=1$<salt>$<hash>	both base64 without padding
 */
#ifndef COMMON_BASE_PASSWORD_HASH_H
#define COMMON_BASE_PASSWORD_HASH_H

#include "common/base/bytes.h"

enum {
	PASSWORD_HASH_TEXT_SIZE = 96, /* of those that we make, with a NUL */
	PASSWORD_HASH_SALT_MAX = 64,
	PASSWORD_HASH_LEN_MIN = 16,
	PASSWORD_HASH_LEN_MAX = 64,
	PASSWORD_HASH_MEMORY_MAX = 64 * 1024 * 1024,
};

struct password_hash {
	uint64_t n; /* work; memory is 128 * n * r bytes */
	uint32_t r, p;
	uint8_t salt[PASSWORD_HASH_SALT_MAX];
	size_t salt_len;
	uint8_t hash[PASSWORD_HASH_LEN_MAX];
	size_t hash_len;
};

/* The text for a password, with a new salt. Takes some 0.1 s and 32 MiB. 0,
 * or -ENOMEM. */
int password_hash_make(
    struct bytes password, char text[PASSWORD_HASH_TEXT_SIZE]);

/* 0, or -EINVAL: no such text, or one that asks for too much work. */
int password_hash_parse(const char *text, struct password_hash *ret);

/* Is it this password? As slow as making it; false if memory ran out. */
bool password_hash_matches(const struct password_hash *, struct bytes password);

#endif
