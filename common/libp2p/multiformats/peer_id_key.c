/*
 * The part of peer_id.h that needs a hash function, in a file of its own:
 * programs that only parse and print ids do not link libcrypto.
 */
#include "common/libp2p/multiformats/peer_id.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

enum {
	INLINE_KEY_MAX = 42, /* longer keys are hashed (peer-ids) */
	KEY_PROTOBUF_MAX = 2048,
};

int
peer_id_of_public_key(struct bytes key_protobuf, struct peer_id *ret)
{
	uint8_t multihash[PEER_ID_MAX] = { 0x12, 32 };

	if (key_protobuf.len == 0 || key_protobuf.len > KEY_PROTOBUF_MAX)
		return -EINVAL;
	if (key_protobuf.len <= INLINE_KEY_MAX) {
		multihash[0] = 0;
		multihash[1] = (uint8_t)key_protobuf.len;
		memcpy(multihash + 2, key_protobuf.data, key_protobuf.len);
	} else if (EVP_Digest(key_protobuf.data, key_protobuf.len,
		       multihash + 2, NULL, EVP_sha256(), NULL) != 1) {
		return -EINVAL;
	}
	return peer_id_decode(
	    (struct bytes){ multihash, 2u + multihash[1] }, ret);
}
