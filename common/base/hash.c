#include "common/base/hash.h"

#include <pthread.h>
#include <string.h>

#include "common/base/random.h"

static uint64_t
rotate(uint64_t value, unsigned int by)
{
	return value << by | value >> (64 - by);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint64_t secret[2];

static void
hash_draw(void)
{
	random_bytes(secret, sizeof(secret));
}

/* Whichever thread is the first. */
static const uint64_t *
hash_key(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, hash_draw);
	return secret;
}

unsigned int
hash_seeded(const void *data, size_t len)
{
	const uint64_t *key = hash_key();
	const uint8_t *at = data;
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u,
		key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
		key[1] ^ 0x7465646279746573u };
	uint64_t word = 0;
	size_t left = len;
	int i;

	for (; left >= 8; left -= 8, at += 8) {
		memcpy(&word, at, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)len << 56;
	while (left-- > 0)
		word |= (uint64_t)at[left] << (8 * left);
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		sip_round(v);
	return (unsigned int)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}
