#include "common/libp2p/gossipsub/pubsub_message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/libp2p/keys/public_key.h"
#include "common/libp2p/multiformats/uvarint.h"

#define SIGNING_PREFIX "libp2p-pubsub:"

enum {
	MULTIHASH_IDENTITY = 0x00,
	MULTIHASH_HEADER_SIZE = 2, /* code and length, both below 128 */
	SIGNATURE_SIZE = 64,
	KEY_TYPE_LAST = 3, /* RSA, Ed25519, Secp256k1, ECDSA */
};

void
pubsub_id_make(
    const struct peer_id *author, uint64_t seqno, struct pubsub_id *ret)
{
	*ret = (struct pubsub_id){ 0 };
	memcpy(ret->data, author->data, author->len);
	store_be64(ret->data + author->len, seqno);
	ret->len = (uint8_t)(author->len + PUBSUB_SEQNO_SIZE);
}

static uint64_t
load_be64(const uint8_t *from)
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < 8; i++)
		value = value << 8 | from[i];
	return value;
}

/* A PublicKey protobuf: 08, the type, 12, the key with its length. */
static bool
looks_like_key(struct bytes bytes)
{
	struct cursor cursor = cursor_over(bytes);
	struct bytes key;
	size_t len;

	if (cursor_u8(&cursor) != 0x08 || cursor_u8(&cursor) > KEY_TYPE_LAST ||
	    cursor_u8(&cursor) != 0x12 || cursor.failed)
		return false;
	return uvarint_frame_decode(
		   cursor_rest(&cursor), PUBSUB_KEY_MAX, &key, &len) == 0 &&
	       len == cursor_rest(&cursor).len;
}

int
pubsub_id_decode(struct bytes wire, struct pubsub_id *ret, bool *ret_is_js)
{
	struct bytes who = wire;
	struct peer_id author;
	bool is_js = false;

	if (wire.len <= PUBSUB_SEQNO_SIZE ||
	    wire.len > PUBSUB_KEY_MAX + PUBSUB_SEQNO_SIZE)
		return -EINVAL;
	who.len -= PUBSUB_SEQNO_SIZE;
	if (peer_id_decode(who, &author) != 0) {
		is_js = true; /* a key starts with 08, no multihash does */
		if (!looks_like_key(who) ||
		    peer_id_of_public_key(who, &author) != 0)
			return -EINVAL;
	}
	pubsub_id_make(&author, load_be64(wire.data + who.len), ret);
	*ret_is_js = is_js;
	return 0;
}

struct bytes
pubsub_id_encode(const struct pubsub_id *id, bool as_js)
{
	if (!as_js)
		return (struct bytes){ id->data, id->len };
	if (id->data[0] != MULTIHASH_IDENTITY)
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ id->data + MULTIHASH_HEADER_SIZE,
		(size_t)id->len - MULTIHASH_HEADER_SIZE };
}

struct peer_id
pubsub_id_author(const struct pubsub_id *id)
{
	struct peer_id author = { 0 };

	author.len = (uint8_t)(id->len - PUBSUB_SEQNO_SIZE);
	memcpy(author.data, id->data, author.len);
	return author;
}

uint64_t
pubsub_id_seqno(const struct pubsub_id *id)
{
	return load_be64(id->data + id->len - PUBSUB_SEQNO_SIZE);
}

/* The fields that we know, without an empty key. */
static Pubsub__Message
known_fields(const Pubsub__Message *content)
{
	Pubsub__Message known = *content;

	known.base.n_unknown_fields = 0;
	known.base.unknown_fields = NULL;
	if (known.key.len == 0)
		known.has_key = false;
	return known;
}

int
pubsub_message_parse(const Pubsub__Message *content, struct pubsub_message *ret)
{
	struct peer_id author;

	if (!content->has_from || !content->has_seqno ||
	    !content->has_signature)
		return PUBSUB_UNSIGNED;
	if (content->seqno.len != PUBSUB_SEQNO_SIZE ||
	    content->signature.len > PUBSUB_SIGNATURE_MAX ||
	    content->key.len > PUBSUB_KEY_MAX ||
	    content->data.len > PUBSUB_DATA_MAX ||
	    content->topic.len > PUBSUB_TOPIC_MAX)
		return PUBSUB_MALFORMED;
	if (peer_id_decode(pubsub_field_bytes(content->from), &author) != 0)
		return PUBSUB_MALFORMED;
	pubsub_id_make(&author, load_be64(content->seqno.data), &ret->id);
	ret->topic = pubsub_field_bytes(content->topic);
	ret->data = pubsub_field_bytes(content->data);
	ret->content = known_fields(content);
	return 0;
}

uint8_t *
pubsub_message_signing_input(const Pubsub__Message *content, size_t *len)
{
	const size_t prefix_len = strlen(SIGNING_PREFIX);
	Pubsub__Message bare = *content;
	uint8_t *input;

	bare.has_signature = false;
	bare.has_key = false;
	input = xzalloc(prefix_len + pubsub__message__get_packed_size(&bare));
	memcpy(input, SIGNING_PREFIX, prefix_len);
	*len = prefix_len + pubsub__message__pack(&bare, input + prefix_len);
	return input;
}

/* The key of the author's signatures, borrowed. */
static bool
author_key(const struct pubsub_message *message, const struct peer_id *author,
    struct bytes *ret)
{
	const Pubsub__Message *content = &message->content;
	struct peer_id owner;

	if (!content->has_key)
		return peer_id_inline_key(author, ret);
	*ret = pubsub_field_bytes(content->key);
	return peer_id_of_public_key(*ret, &owner) == 0 &&
	       peer_id_equal(&owner, author);
}

bool
pubsub_message_verify(const struct pubsub_message *message)
{
	struct peer_id author = pubsub_id_author(&message->id);
	struct bytes key;
	uint8_t *input;
	size_t len;
	bool valid;

	if (!author_key(message, &author, &key))
		return false;
	input = pubsub_message_signing_input(&message->content, &len);
	valid = public_key_verify(key, (struct bytes){ input, len },
	    pubsub_field_bytes(message->content.signature));
	free(input);
	return valid;
}

static size_t
uvarint_size(size_t value)
{
	uint8_t scratch[UVARINT_SIZE_MAX];

	return uvarint_encode(value, scratch);
}

struct pubsub_frame
pubsub_message_frame(const Pubsub__Message *content, size_t *ret_data)
{
	Pubsub__Message *list[] = { (Pubsub__Message *)(uintptr_t)content };
	Pubsub__Rpc rpc = PUBSUB__RPC__INIT;
	size_t size = pubsub__message__get_packed_size(content);
	size_t offset;

	rpc.n_publish = 1;
	rpc.publish = list;
	/* Length, then tag and length of the message, of from, of data. */
	offset = uvarint_size(1 + uvarint_size(size) + size);
	offset += 1 + uvarint_size(size);
	if (content->has_from)
		offset +=
		    1 + uvarint_size(content->from.len) + content->from.len;
	if (content->has_data)
		offset += 1 + uvarint_size(content->data.len);
	*ret_data = offset;
	return pubsub_frame_new(&rpc);
}

int
pubsub_message_make(const struct pubsub_draft *draft, pubsub_sign_fn *sign,
    void *arg, struct pubsub_frame *ret, size_t *ret_data)
{
	Pubsub__Message content = PUBSUB__MESSAGE__INIT;
	uint8_t seqno[PUBSUB_SEQNO_SIZE], signature[SIGNATURE_SIZE];
	uint8_t *input;
	size_t len;
	int rc;

	store_be64(seqno, draft->seqno);
	content.has_from = content.has_data = content.has_seqno = true;
	content.has_topic = true;
	content.from = pubsub_field_of(peer_id_bytes(draft->author));
	content.data = pubsub_field_of(draft->data);
	content.seqno = (ProtobufCBinaryData){ sizeof(seqno), seqno };
	content.topic = pubsub_field_of(draft->topic);
	input = pubsub_message_signing_input(&content, &len);
	rc = sign((struct bytes){ input, len }, signature, arg);
	free(input);
	if (rc != 0)
		return rc;
	content.has_signature = true;
	content.signature =
	    (ProtobufCBinaryData){ sizeof(signature), signature };
	*ret = pubsub_message_frame(&content, ret_data);
	return 0;
}
