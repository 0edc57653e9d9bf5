/*
 * pubsub_message: one signed message (libp2p pubsub specification, "Message
 * Signing"; the policy is StrictSign) and its id. An id is kept in the form of
 * the specification and go, author then seqno; js uses public key then seqno,
 * and both are accepted.
 */
#ifndef COMMON_LIBP2P_GOSSIPSUB_PUBSUB_MESSAGE_H
#define COMMON_LIBP2P_GOSSIPSUB_PUBSUB_MESSAGE_H

#include "common/libp2p/multiformats/peer_id.h"
#include "common/libp2p/gossipsub/pubsub_rpc.h"
#include "common/libp2p/gossipsub/pubsub_sign.h"

enum {
	PUBSUB_TOPIC_MAX = 128,
	PUBSUB_SEQNO_SIZE = 8,
	PUBSUB_KEY_MAX = 4096,       /* an RSA key of 8192 bits fits */
	PUBSUB_SIGNATURE_MAX = 1024, /* and its signature */
};

/* Author's multihash and seqno. Unused bytes are zero: a hash key as it is. */
struct pubsub_id {
	uint8_t len;
	uint8_t data[PEER_ID_MAX + PUBSUB_SEQNO_SIZE];
};

void pubsub_id_make(
    const struct peer_id *author, uint64_t seqno, struct pubsub_id *ret);

/* From either form; *ret_is_js is true for that of js. 0, or -EINVAL: another
 * form. */
int pubsub_id_decode(struct bytes wire, struct pubsub_id *ret, bool *ret_is_js);

/* Its bytes in either form, borrowed. No bytes if the js form needs a key
 * that the id does not hold (RSA). */
struct bytes pubsub_id_encode(const struct pubsub_id *, bool as_js);

struct peer_id pubsub_id_author(const struct pubsub_id *);
uint64_t pubsub_id_seqno(const struct pubsub_id *);

/*
 * The content of a message; borrows from the RPC. Unknown fields are left out,
 * as js does: relayed, they could make peers reject the message.
 */
struct pubsub_message {
	struct pubsub_id id;
	struct bytes topic;
	struct bytes data;
	Pubsub__Message content;
};

/* Outcomes of pubsub_message_parse(). */
enum {
	PUBSUB_UNSIGNED = 1, /* no author, seqno or signature */
	PUBSUB_MALFORMED,    /* a field violates StrictSign */
};

/* Check everything but the signature. */
int pubsub_message_parse(const Pubsub__Message *, struct pubsub_message *ret);

/* Verify the author's signature. Costs a public key operation. */
bool pubsub_message_verify(const struct pubsub_message *);

/* What is signed: the prefix and the message without signature and key. The
 * caller frees it. */
uint8_t *pubsub_message_signing_input(const Pubsub__Message *, size_t *len);

/* Frame one message as an RPC of its own. *ret_data is the offset of the
 * message's data in the frame. */
struct pubsub_frame pubsub_message_frame(
    const Pubsub__Message *, size_t *ret_data);

/* A message to be signed. */
struct pubsub_draft {
	const struct peer_id *author;
	uint64_t seqno;
	struct bytes topic;
	struct bytes data;
};

/* Sign and frame it; the key is left out, being part of the author's id.
 * 0, or the signer's error. */
int pubsub_message_make(const struct pubsub_draft *draft, pubsub_sign_fn *sign,
    void *arg, struct pubsub_frame *ret, size_t *ret_data);

#endif
