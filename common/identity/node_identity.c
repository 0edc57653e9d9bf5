#include "common/identity/node_identity.h"

#include <string.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/identity/identity_file.h"

/* Make the Noise identity: a static key of this run, signed with the identity
 * key. */
static int
prove(struct node_identity *identity)
{
	uint8_t message[sizeof(NOISE_SIGNATURE_PREFIX) - 1 + NOISE_KEY_SIZE];
	struct noise_identity *noise = &identity->noise;
	size_t prefix = sizeof(NOISE_SIGNATURE_PREFIX) - 1;
	int rc;

	rc = noise_identity_make_static(noise);
	if (rc < 0)
		return rc;
	memcpy(message, NOISE_SIGNATURE_PREFIX, prefix);
	memcpy(message + prefix, noise->static_public, NOISE_KEY_SIZE);
	rc = signer_sign(identity->signer,
	    (struct bytes){ message, sizeof(message) }, noise->signature);
	if (rc == 0)
		noise->signature_len = IDENTITY_SIGNATURE_SIZE;
	return rc;
}

static int
take_key(struct node_identity *identity, struct identity_key *key)
{
	struct bytes public = { key->public_protobuf,
		sizeof(key->public_protobuf) };
	int rc;

	memcpy(identity->noise.identity_key, public.data, public.len);
	identity->noise.identity_key_len = public.len;
	rc = peer_id_of_public_key(public, &identity->peer);
	if (rc < 0) {
		identity_key_wipe(key);
		return rc;
	}
	peer_id_print(&identity->peer, identity->text);
	rc = signer_start(key, &identity->signer);
	return rc < 0 ? rc : prove(identity);
}

int
node_identity_open(int dirfd, const char *key_file, struct node_identity *ret)
{
	CLEANUP_FREE char *why = NULL;
	struct identity_key key;
	bool made;
	int rc;

	rc = identity_file_open(dirfd, key_file, &key, &made, &why);
	if (rc < 0) {
		log_error("%s", why);
		return rc;
	}
	if (identity_file_is_exposed(dirfd, key_file))
		log_warn(
		    "others may read the identity key: chmod 600 %s", key_file);
	rc = take_key(ret, &key);
	if (rc < 0) {
		log_error("cannot start the signer error=%s", strerror(-rc));
		return rc;
	}
	log_info("identity %s peer=%s", made ? "made" : "loaded", ret->text);
	return 0;
}

void
node_identity_close(struct node_identity *identity)
{
	signer_free(identity->signer);
	noise_identity_wipe(&identity->noise);
}
