/*
 * presence: what a peer says of itself, as JSON on GossipSub and to rendezvous
 * servers. Keys and order are those of the original.
 */
#ifndef COMMON_PRESENCE_PRESENCE_H
#define COMMON_PRESENCE_PRESENCE_H

#include "proto/field.h"

#define PRESENCE_ONLINE  "online"
#define PRESENCE_UPDATE  "update"
#define PRESENCE_OFFLINE "offline"

struct presence {
	char *type;
	char *peer_id;
	char *content; /* the label */
	char *email;
	char *avatar_hash;
	bool video_disabled;
	char *active_template;
	struct strings addrs;
	bool encryption_supported;
	char *client_version;
	int64_t ts_ms;
};
extern const struct message presence_message;

#endif
