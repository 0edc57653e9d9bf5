/*
 * presence: what a peer announces about itself, as JSON on GossipSub and to
 * and from rendezvous servers (docs/rendezvous-1.1.md, "Messages"). One struct
 * and one table; each form of the message has its part of the fields, and
 * its limits. Keys and order are those of the original.
 */
#ifndef COMMON_PRESENCE_PRESENCE_H
#define COMMON_PRESENCE_PRESENCE_H

#include "proto/field.h"

#define PRESENCE_ONLINE  "online"
#define PRESENCE_UPDATE  "update"
#define PRESENCE_OFFLINE "offline"
/* From a server only. */
#define RENDEZVOUS_PUNCH  "punch"
#define RENDEZVOUS_BEGIN  "begin"
#define RENDEZVOUS_SYNCED "synced"
#define RENDEZVOUS_ANSWER "answer"

/* The limits of the servers' contract, in bytes. */
enum {
	RENDEZVOUS_MESSAGE_MAX = 32 * 1024, /* one message as JSON */
	RENDEZVOUS_PEER_ID_MAX = 256,
	RENDEZVOUS_CONTENT_MAX = 4096,
	RENDEZVOUS_ADDRS_MAX = 20, /* how many */
	RENDEZVOUS_ADDR_MAX = 256,
	RENDEZVOUS_PROOF_MAX = 88,
	RENDEZVOUS_CURSOR_MAX = 64,
	PRESENCE_GOSSIP_MAX = 16 * 1024, /* one message on GossipSub as JSON */
};

struct presence {
	const char *type;
	const char *peer_id;
	const char *content; /* the label */
	const char *email;
	const char *avatar_hash;
	bool video_disabled;
	const char *active_template;
	const char *target; /* of a punch: the peer that is to dial peer_id */
	struct strings addrs;
	const char *verification_token; /* to the server only */
	const char *public_key;
	bool encryption_supported;
	const char *client_version;
	int64_t ts_ms;
	bool verified;      /* the server has verified the e-mail address */
	const char *proof;  /* base64; see presence_proof.h */
	bool full;          /* of a begin */
	const char *cursor; /* of a synced */
	const char *tag;    /* on GossipSub; see presence_tag.h */
};

/*
 * The forms of the message:
 * - gossip: on GossipSub.
 * - server: between a rendezvous server and its clients: every limit holds;
 *   type, peerId and ts are there.
 * - published: what a server reads: any text that fits into a message, nothing
 *   required, so that the server itself can say what is wrong
 *   (presence_judge).
 * - first: what the original's servers of before 7 February 2026 take: they
 *   refuse a message with a key that they do not know.
 */
/* clang-format off */
#define PRESENCE_MESSAGES(ROW) \
	ROW(presence_gossip) ROW(presence_server) ROW(presence_published) \
	ROW(presence_first)
/* clang-format on */
PRESENCE_MESSAGES(MESSAGE_DECLARE)

/* Free what the members point to, of whichever form, and zero the struct. */
void presence_fini(struct presence *);

/* Is it this type? */
bool presence_is(const struct presence *, const char *type);

#endif
