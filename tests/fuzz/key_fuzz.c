/* Public keys of strangers and key files. The first byte says which. */
#include <string.h>

#include "common/base/fault.h"
#include "common/libp2p/keys/identity_key.h"
#include "common/libp2p/multiformats/peer_id.h"
#include "common/libp2p/keys/public_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_file(struct bytes bytes)
{
	uint8_t file[IDENTITY_FILE_SIZE];
	struct identity_key key, back;
	const char *reason;

	if (identity_key_decode(bytes, &key, &reason) < 0)
		return;
	identity_key_encode(&key, file);
	if (identity_key_decode(
		(struct bytes){ file, sizeof(file) }, &back, &reason) < 0 ||
	    memcmp(&key, &back, sizeof(key)) != 0)
		bug("a key file does not come back");
}

/* Two bytes of length, so much key, and the rest is the signature. */
static void
verify(struct bytes bytes)
{
	struct cursor cursor = cursor_over(bytes);
	size_t len = cursor_be16(&cursor);
	struct bytes key = cursor_take(&cursor, len);
	struct peer_id id;

	public_key_verify(
	    key, bytes_of("libp2p test message"), cursor_rest(&cursor));
	peer_id_of_public_key(key, &id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (data[0] & 1)
		read_file((struct bytes){ data + 1, size - 1 });
	else
		verify((struct bytes){ data + 1, size - 1 });
	return 0;
}
