#include "common/libp2p/noise/noise_payload.h"

#include <errno.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/libp2p/keys/public_key.h"
#include "proto/libp2p/noise.pb-c.h"

enum {
	PREFIX_LEN = sizeof(NOISE_SIGNATURE_PREFIX) - 1,
	OUR_MUXERS_MAX = 8,
};

/* protobuf-c takes non-const bytes but only reads them when packing. */
static ProtobufCBinaryData
borrow(const void *data, size_t len)
{
	return (ProtobufCBinaryData){ len, (uint8_t *)(uintptr_t)data };
}

size_t
noise_payload_encode(const struct noise_identity *identity,
    const char *const *muxers, size_t count, uint8_t out[NOISE_PAYLOAD_MAX])
{
	Goop__Noise__Payload payload = GOOP__NOISE__PAYLOAD__INIT;
	Goop__Noise__Extensions extensions = GOOP__NOISE__EXTENSIONS__INIT;
	ProtobufCBinaryData list[OUR_MUXERS_MAX];
	size_t i;

	if (count > OUR_MUXERS_MAX)
		bug("noise: %zu muxers to offer", count);
	for (i = 0; i < count; i++)
		list[i] = borrow(muxers[i], strlen(muxers[i]));
	extensions.n_stream_muxers = count;
	extensions.stream_muxers = list;
	payload.has_identity_key = true;
	payload.identity_key =
	    borrow(identity->identity_key, identity->identity_key_len);
	payload.has_identity_sig = true;
	payload.identity_sig =
	    borrow(identity->signature, identity->signature_len);
	payload.extensions = count > 0 ? &extensions : NULL;
	if (goop__noise__payload__get_packed_size(&payload) > NOISE_PAYLOAD_MAX)
		bug("noise: our payload is too big");
	return goop__noise__payload__pack(&payload, out);
}

static struct bytes
bytes_of_field(ProtobufCBinaryData field)
{
	return (struct bytes){ field.data, field.len };
}

/* The first of our muxers that is among theirs, or NULL. */
static const char *
first_of_ours(const struct noise_choice *choice,
    const ProtobufCBinaryData *theirs, size_t count)
{
	size_t i, k;

	for (i = 0; i < choice->count; i++)
		for (k = 0; k < count; k++)
			if (bytes_equal(bytes_of(choice->muxers[i]),
				bytes_of_field(theirs[k])))
				return choice->muxers[i];
	return NULL;
}

/* Our name for the first of their muxers that is among ours, or NULL. */
static const char *
first_of_theirs(const struct noise_choice *choice,
    const ProtobufCBinaryData *theirs, size_t count)
{
	const char *found = NULL;
	size_t k;

	for (k = 0; k < count && found == NULL; k++)
		found = first_of_ours(choice, &theirs[k], 1);
	return found;
}

static void
choose(struct noise_choice *choice, const ProtobufCBinaryData *theirs,
    size_t count)
{
	choice->chosen = NULL;
	choice->is_hopeless = false;
	if (count == 0 || count > NOISE_PAYLOAD_MUXERS || choice->count == 0)
		return;
	choice->chosen = choice->is_initiator
			     ? first_of_ours(choice, theirs, count)
			     : first_of_theirs(choice, theirs, count);
	choice->is_hopeless = choice->chosen == NULL;
}

static bool
signature_is_good(const Goop__Noise__Payload *payload,
    const uint8_t remote_static[NOISE_KEY_SIZE])
{
	uint8_t message[PREFIX_LEN + NOISE_KEY_SIZE];

	memcpy(message, NOISE_SIGNATURE_PREFIX, PREFIX_LEN);
	memcpy(message + PREFIX_LEN, remote_static, NOISE_KEY_SIZE);
	return public_key_verify(bytes_of_field(payload->identity_key),
	    (struct bytes){ message, sizeof(message) },
	    bytes_of_field(payload->identity_sig));
}

int
noise_payload_check(struct bytes bytes,
    const uint8_t remote_static[NOISE_KEY_SIZE], struct noise_choice *choice,
    struct peer_id *ret)
{
	Goop__Noise__Payload *payload =
	    goop__noise__payload__unpack(NULL, bytes.len, bytes.data);
	int rc = -EBADMSG;

	if (payload == NULL)
		return -EBADMSG;
	if (!payload->has_identity_key || !payload->has_identity_sig)
		goto out;
	rc = NOISE_PAYLOAD_FORGED;
	if (!signature_is_good(payload, remote_static))
		goto out;
	rc = peer_id_of_public_key(bytes_of_field(payload->identity_key), ret);
	if (rc < 0)
		rc = -EBADMSG;
	if (payload->extensions != NULL)
		choose(choice, payload->extensions->stream_muxers,
		    payload->extensions->n_stream_muxers);
	else
		choose(choice, NULL, 0);
out:
	goop__noise__payload__free_unpacked(payload, NULL);
	return rc;
}
