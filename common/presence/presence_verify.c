#include "common/presence/presence_verify.h"

#include "common/libp2p/keys/key_message.h"
#include "common/libp2p/multiformats/peer_id.h"
#include "common/libp2p/keys/public_key.h"
#include "common/presence/presence_proof.h"

/* The Ed25519 key inside a peer id; no other can be proven. */
static bool
key_of(const char *peer_id, struct peer_id *id, struct bytes *ret)
{
	struct key_message key;

	return peer_id != NULL && peer_id_parse(peer_id, id) == 0 &&
	       peer_id_inline_key(id, ret) &&
	       key_message_decode(*ret, &key) == 0 && key.type == KEY_ED25519;
}

static bool
is_signed_by(const struct presence *message, struct bytes key)
{
	uint8_t signature[PRESENCE_SIGNATURE_SIZE];
	struct buffer signed_bytes;
	bool is_right;

	if (presence_proof_parse(message->proof, signature) < 0)
		return false;
	buffer_init(&signed_bytes, PRESENCE_PROOF_BYTES_MAX);
	is_right = presence_proof_bytes(message, &signed_bytes) == 0 &&
		   public_key_verify(key, buffer_bytes(&signed_bytes),
		       (struct bytes){ signature, sizeof(signature) });
	buffer_fini(&signed_bytes);
	return is_right;
}

enum presence_proof
presence_verify(const struct presence *message)
{
	struct peer_id id;
	struct bytes key;

	if (message->proof == NULL || message->proof[0] == '\0')
		return PRESENCE_UNPROVEN;
	if (!key_of(message->peer_id, &id, &key) || !is_signed_by(message, key))
		return PRESENCE_DISPROVEN;
	return PRESENCE_PROVEN;
}
