#include "common/libp2p/multiformats/peer_id.h"

#include <errno.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/libp2p/multiformats/multibase.h"

/* Multihash codes (multicodec table) and CIDv1 of a libp2p key. */
enum {
	MULTIHASH_IDENTITY = 0x00,
	MULTIHASH_SHA2_256 = 0x12,
	SHA2_256_SIZE = 32,
	MULTIHASH_HEADER = 2,
	CID_VERSION = 0x01,
	CID_LIBP2P_KEY = 0x72,
	CID_HEADER = 2,
};

bool
peer_id_equal(const struct peer_id *a, const struct peer_id *b)
{
	return bytes_equal(peer_id_bytes(a), peer_id_bytes(b));
}

struct bytes
peer_id_bytes(const struct peer_id *id)
{
	return (struct bytes){ id->data, id->len };
}

int
peer_id_decode(struct bytes multihash, struct peer_id *ret)
{
	struct peer_id id = { 0 };

	if (multihash.len <= MULTIHASH_HEADER || multihash.len > PEER_ID_MAX ||
	    multihash.data[1] != multihash.len - MULTIHASH_HEADER)
		return -EINVAL;
	if (multihash.data[0] != MULTIHASH_IDENTITY &&
	    (multihash.data[0] != MULTIHASH_SHA2_256 ||
		multihash.data[1] != SHA2_256_SIZE))
		return -EINVAL;
	id.len = (uint8_t)multihash.len;
	memcpy(id.data, multihash.data, multihash.len);
	*ret = id;
	return 0;
}

static int
parse_cid(struct bytes text, struct peer_id *ret)
{
	uint8_t cid[CID_HEADER + PEER_ID_MAX];
	size_t len;
	char code = (char)text.data[0];

	text.data++;
	text.len--;
	if (multibase_decode(code, text, cid, sizeof(cid), &len) < 0)
		return -EINVAL;
	if (len < CID_HEADER || cid[0] != CID_VERSION ||
	    cid[1] != CID_LIBP2P_KEY)
		return -EINVAL;
	return peer_id_decode(
	    (struct bytes){ cid + CID_HEADER, len - CID_HEADER }, ret);
}

int
peer_id_parse(const char *text, struct peer_id *ret)
{
	uint8_t multihash[PEER_ID_MAX];
	size_t text_len = strnlen(text, PEER_ID_INPUT_MAX + 1), len;
	struct bytes bytes = { (const uint8_t *)text, text_len };

	if (text_len == 0 || text_len > PEER_ID_INPUT_MAX)
		return -EINVAL;
	/* No CID starts like this: '1' is no multibase code, "Qm" is CIDv0. */
	if (text[0] != '1' && strncmp(text, "Qm", 2) != 0)
		return parse_cid(bytes, ret);
	if (multibase_decode('z', bytes, multihash, sizeof(multihash), &len) <
	    0)
		return -EINVAL;
	return peer_id_decode((struct bytes){ multihash, len }, ret);
}

void
peer_id_print(const struct peer_id *id, char text[PEER_ID_TEXT_SIZE])
{
	if (multibase_encode('z', peer_id_bytes(id), text, PEER_ID_TEXT_SIZE) <
	    0)
		bug("peer id: no room for its text");
}

void
peer_id_print_base36(const struct peer_id *id, char text[PEER_ID_BASE36_SIZE])
{
	uint8_t cid[CID_HEADER + PEER_ID_MAX] = { CID_VERSION, CID_LIBP2P_KEY };
	struct bytes bytes = { cid, CID_HEADER + (size_t)id->len };

	memcpy(cid + CID_HEADER, id->data, id->len);
	text[0] = 'k';
	if (multibase_encode('k', bytes, text + 1, PEER_ID_BASE36_SIZE - 1) < 0)
		bug("peer id: no room for its text in base36");
}

bool
peer_id_inline_key(const struct peer_id *id, struct bytes *ret)
{
	if (id->len <= MULTIHASH_HEADER || id->data[0] != MULTIHASH_IDENTITY)
		return false;
	*ret = (struct bytes){ id->data + MULTIHASH_HEADER,
		(size_t)id->len - MULTIHASH_HEADER };
	return true;
}
