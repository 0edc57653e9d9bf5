/*
 * rendezvous_message: the one message of a rendezvous server, what peers
 * publish and what subscribers get (docs/rendezvous-1.1.md, "Messages").
 */
#ifndef COMMON_PRESENCE_RENDEZVOUS_MESSAGE_H
#define COMMON_PRESENCE_RENDEZVOUS_MESSAGE_H

#include "proto/field.h"
#include "common/presence/presence.h"

/* From a server only; beside PRESENCE_ONLINE, _UPDATE and _OFFLINE. */
#define RENDEZVOUS_PUNCH  "punch"
#define RENDEZVOUS_BEGIN  "begin"
#define RENDEZVOUS_SYNCED "synced"
#define RENDEZVOUS_ANSWER "answer"

/* The limits of the contract, in bytes. */
enum {
	RENDEZVOUS_MESSAGE_MAX = 32 * 1024, /* one message as JSON */
	RENDEZVOUS_TYPE_MAX = 16,
	RENDEZVOUS_PEER_ID_MAX = 256,
	RENDEZVOUS_CONTENT_MAX = 4096,
	RENDEZVOUS_EMAIL_MAX = 320,
	RENDEZVOUS_AVATAR_HASH_MAX = 128,
	RENDEZVOUS_TEMPLATE_MAX = 256,
	RENDEZVOUS_ADDRS_MAX = 20, /* how many */
	RENDEZVOUS_ADDR_MAX = 256,
	RENDEZVOUS_TOKEN_MAX = 1024,
	RENDEZVOUS_PUBLIC_KEY_MAX = 128,
	RENDEZVOUS_VERSION_MAX = 64,
	RENDEZVOUS_PROOF_MAX = 88,
	RENDEZVOUS_CURSOR_MAX = 64,
};

struct rendezvous_message {
	char *type;
	char *peer_id;
	char *content; /* the label */
	char *email;
	char *avatar_hash;
	bool video_disabled;
	char *active_template;
	char *target; /* of a punch */
	struct strings addrs;
	char *verification_token; /* to the server only */
	char *public_key;
	bool encryption_supported;
	char *client_version;
	int64_t ts_ms;
	bool verified;
	char *proof;  /* base64; see presence_proof.h */
	bool full;    /* of a begin */
	char *cursor; /* of a synced */
};

/* What subscribers get and senders write: every limit holds, type, peerId and
 * ts are there. Encode with this one. */
extern const struct message rendezvous_message;

/* What a server reads: any text that fits into a message, nothing required,
 * so that it can say itself what is wrong (presence_check). */
extern const struct message rendezvous_heard_message;

#endif
