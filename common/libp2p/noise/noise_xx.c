#include "common/libp2p/noise/noise_xx.h"

#include <errno.h>
#include <string.h>

#define PROTOCOL_NAME "Noise_XX_25519_ChaChaPoly_SHA256"
_Static_assert(sizeof(PROTOCOL_NAME) - 1 == NOISE_HASH_SIZE,
    "the name is taken as a hash, unhashed (section 5.2)");

int
noise_xx_init(struct noise_xx *xx, bool is_initiator, struct bytes prologue,
    const struct noise_xx_pair *statics,
    const uint8_t ephemeral_secret[NOISE_DH_SIZE])
{
	*xx = (struct noise_xx){ .is_initiator = is_initiator,
		.statics = *statics };
	memcpy(xx->chaining_key, PROTOCOL_NAME, NOISE_HASH_SIZE);
	memcpy(xx->hash, PROTOCOL_NAME, NOISE_HASH_SIZE);
	memcpy(xx->ephemeral.secret, ephemeral_secret, NOISE_DH_SIZE);
	if (noise_mix_hash(xx->hash, prologue) < 0)
		return -EIO;
	return noise_dh_public(xx->ephemeral.secret, xx->ephemeral.public);
}

void
noise_xx_fini(struct noise_xx *xx)
{
	explicit_bzero(xx, sizeof(*xx));
}

/* MixKey(DH(secret, public)) */
static int
mix_dh(struct noise_xx *xx, const uint8_t *secret, const uint8_t *public)
{
	uint8_t shared[NOISE_DH_SIZE], next[NOISE_HASH_SIZE];
	int rc = noise_dh(secret, public, shared);

	if (rc == 0)
		rc = noise_hkdf(xx->chaining_key,
		    (struct bytes){ shared, sizeof(shared) }, next, xx->key);
	if (rc == 0) {
		memcpy(xx->chaining_key, next, sizeof(next));
		xx->has_key = true;
		xx->nonce = 0;
	}
	explicit_bzero(shared, sizeof(shared));
	explicit_bzero(next, sizeof(next));
	return rc;
}

/* es and se: the static key of one side with the ephemeral of the other. */
static int
mix_static(struct noise_xx *xx, bool is_mine)
{
	if (is_mine)
		return mix_dh(xx, xx->statics.secret, xx->remote_ephemeral);
	return mix_dh(xx, xx->ephemeral.secret, xx->remote_static);
}

/* EncryptAndHash: append data to out, sealed if there is a key yet. */
static int
write_sealed(struct noise_xx *xx, struct bytes data, struct buffer *out)
{
	size_t len = data.len + (xx->has_key ? NOISE_CIPHER_TAG_SIZE : 0);
	struct noise_cipher cipher = { 0 };
	uint8_t *room = buffer_reserve(out, len);
	ssize_t n = (ssize_t)len;

	if (room == NULL)
		return -ENOBUFS;
	if (!xx->has_key) {
		if (data.len > 0)
			memcpy(room, data.data, data.len);
	} else if (noise_cipher_set_key(&cipher, xx->key, true) < 0) {
		n = -EIO;
	} else {
		cipher.nonce = xx->nonce++;
		n = noise_cipher_seal(&cipher,
		    (struct bytes){ xx->hash, NOISE_HASH_SIZE }, data, room);
	}
	noise_cipher_fini(&cipher);
	if (n < 0 || noise_mix_hash(xx->hash, (struct bytes){ room, len }) < 0)
		return -EIO;
	buffer_commit(out, len);
	return 0;
}

/* DecryptAndHash: sealed into out, opened if there is a key yet. */
static int
read_sealed(
    struct noise_xx *xx, struct bytes sealed, uint8_t *out, size_t *ret_len)
{
	struct noise_cipher cipher = { 0 };
	ssize_t n = (ssize_t)sealed.len;

	if (!xx->has_key) {
		if (sealed.len > 0)
			memcpy(out, sealed.data, sealed.len);
	} else if (noise_cipher_set_key(&cipher, xx->key, false) < 0) {
		n = -EIO;
	} else {
		cipher.nonce = xx->nonce++;
		n = noise_cipher_open(&cipher,
		    (struct bytes){ xx->hash, NOISE_HASH_SIZE }, sealed, out);
	}
	noise_cipher_fini(&cipher);
	if (n < 0 || noise_mix_hash(xx->hash, sealed) < 0)
		return -EBADMSG;
	*ret_len = (size_t)n;
	return 0;
}

static int
write_ephemeral(struct noise_xx *xx, struct buffer *out)
{
	struct bytes public = { xx->ephemeral.public, NOISE_DH_SIZE };

	if (buffer_append(out, public) < 0)
		return -ENOBUFS;
	return noise_mix_hash(xx->hash, public);
}

/* s, and then es (message 2) or se (message 3), both with our static key. */
static int
write_static(struct noise_xx *xx, struct buffer *out)
{
	int rc = write_sealed(
	    xx, (struct bytes){ xx->statics.public, NOISE_DH_SIZE }, out);

	return rc < 0 ? rc : mix_static(xx, true);
}

int
noise_xx_write(struct noise_xx *xx, struct bytes payload, struct buffer *out)
{
	int rc = 0;

	xx->messages++;
	if (xx->messages < NOISE_XX_MESSAGES)
		rc = write_ephemeral(xx, out);
	if (rc == 0 && xx->messages == 2)
		rc = mix_dh(xx, xx->ephemeral.secret, xx->remote_ephemeral);
	if (rc == 0 && xx->messages > 1)
		rc = write_static(xx, out);
	return rc < 0 ? rc : write_sealed(xx, payload, out);
}

static int
read_ephemeral(struct noise_xx *xx, struct cursor *cursor)
{
	struct bytes public = cursor_take(cursor, NOISE_DH_SIZE);

	if (public.len != NOISE_DH_SIZE)
		return -EBADMSG;
	memcpy(xx->remote_ephemeral, public.data, NOISE_DH_SIZE);
	return noise_mix_hash(xx->hash, public);
}

static int
read_static(struct noise_xx *xx, struct cursor *cursor)
{
	struct bytes sealed =
	    cursor_take(cursor, NOISE_DH_SIZE + NOISE_CIPHER_TAG_SIZE);
	size_t len;

	if (cursor->failed ||
	    read_sealed(xx, sealed, xx->remote_static, &len) < 0)
		return -EBADMSG;
	return mix_static(xx, false);
}

int
noise_xx_read(struct noise_xx *xx, struct bytes message, uint8_t *payload,
    size_t *ret_len)
{
	struct cursor cursor = cursor_over(message);
	int rc = 0;

	xx->messages++;
	if (xx->messages < NOISE_XX_MESSAGES)
		rc = read_ephemeral(xx, &cursor);
	if (rc == 0 && xx->messages == 2)
		rc = mix_dh(xx, xx->ephemeral.secret, xx->remote_ephemeral);
	if (rc == 0 && xx->messages > 1)
		rc = read_static(xx, &cursor);
	if (rc < 0)
		return -EBADMSG;
	return read_sealed(xx, cursor_rest(&cursor), payload, ret_len);
}

int
noise_xx_split(struct noise_xx *xx, uint8_t initiator_key[NOISE_HASH_SIZE],
    uint8_t responder_key[NOISE_HASH_SIZE])
{
	return noise_hkdf(xx->chaining_key, (struct bytes){ NULL, 0 },
	    initiator_key, responder_key);
}
