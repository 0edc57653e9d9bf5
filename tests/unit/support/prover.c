#include "tests/unit/support/prover.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_proof.h"
#include "proto/field_json.h"

/* PublicKey { Type = Ed25519, Data of 32 bytes } */
static const uint8_t public_head[] = { 0x08, 0x01, 0x12, 0x20 };

static void
derive_public(struct identity_key *key)
{
	size_t len = IDENTITY_PUBLIC_PROTOBUF_SIZE - sizeof(public_head);
	EVP_PKEY *pair = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, key->seed, IDENTITY_SEED_SIZE);

	memcpy(key->public_protobuf, public_head, sizeof(public_head));
	if (pair == NULL ||
	    EVP_PKEY_get_raw_public_key(
		pair, key->public_protobuf + sizeof(public_head), &len) != 1)
		bug("no public key");
	EVP_PKEY_free(pair);
}

void
prover_init(struct prover *prover, uint8_t seed)
{
	struct peer_id id;

	memset(prover->key.seed, seed, IDENTITY_SEED_SIZE);
	derive_public(&prover->key);
	if (peer_id_of_public_key((struct bytes){ prover->key.public_protobuf,
				      IDENTITY_PUBLIC_PROTOBUF_SIZE },
		&id) < 0)
		bug("a key without id");
	peer_id_print(&id, prover->peer_id);
}

void
prover_sign(const struct prover *prover, struct presence *message)
{
	uint8_t signature[PRESENCE_SIGNATURE_SIZE];
	char proof[PRESENCE_PROOF_SIZE];
	struct buffer bytes;

	buffer_init(&bytes, PRESENCE_PROOF_BYTES_MAX);
	if (presence_proof_bytes(message, &bytes) < 0 ||
	    identity_key_sign(&prover->key, buffer_bytes(&bytes), signature) <
		0)
		bug("cannot sign");
	buffer_fini(&bytes);
	presence_proof_print(signature, proof);
	text_replace(&message->proof, proof);
}

void
prover_say(const struct prover *prover, const char *type, const char *content,
    int64_t ts_ms, struct presence *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->type = xstrdup(type);
	ret->peer_id = xstrdup(prover->peer_id);
	ret->content = xstrdup(content);
	strings_add(&ret->addrs, "/ip4/192.168.1.20/tcp/4001");
	ret->ts_ms = ts_ms;
}

char *
prover_json(const struct presence *message)
{
	struct buffer json;
	char *text;

	buffer_init(&json, 4 * RENDEZVOUS_MESSAGE_MAX);
	if (message_encode_json(&presence_published_message, message, &json) <
	    0)
		bug("cannot encode");
	text = xstrndup((const char *)buffer_bytes(&json).data, json.len);
	buffer_fini(&json);
	return text;
}
