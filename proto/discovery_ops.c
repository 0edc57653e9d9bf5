#include "proto/discovery_ops.h"

/*
 * What peers say of themselves keeps the limits of presence.c; keys in JSON
 * are ours, the viewer's API has its own.
 */
enum {
	EMAIL_MAX = 320,
	AVATAR_HASH_MAX = 64,
	TEMPLATE_MAX = 128,
	VERSION_MAX = 64,
	SOURCE_MAX = 16,
	TOKEN_MAX = 1024,
	WORD_MAX = 16,
	SENTENCE_MAX = 512
};

/* clang-format off */
static const struct field peer_row_fields[] = {
	FIELD_STR (peer_row, peer_id,         "peer_id",         GOOP_PEER_TEXT_MAX, REQUIRED),
	FIELD_STR (peer_row, peer_id_base36,  "peer_id_base36",  GOOP_PEER_TEXT_MAX, OPTIONAL),
	FIELD_STR (peer_row, label,           "label",           GOOP_LABEL_MAX,     OPTIONAL),
	FIELD_STR (peer_row, email,           "email",           EMAIL_MAX,          OPTIONAL),
	FIELD_STR (peer_row, avatar_hash,     "avatar_hash",     AVATAR_HASH_MAX,    OPTIONAL),
	FIELD_BOOL(peer_row, video_disabled,  "video_disabled",                      OPTIONAL),
	FIELD_STR (peer_row, active_template, "active_template", TEMPLATE_MAX,       OPTIONAL),
	FIELD_STR (peer_row, version,         "version",         VERSION_MAX,        OPTIONAL),
	FIELD_BOOL(peer_row, is_reachable,    "is_reachable",                        OPTIONAL),
	FIELD_BOOL(peer_row, is_offline,      "is_offline",                          OPTIONAL),
	FIELD_BOOL(peer_row, is_favorite,     "is_favorite",                         OPTIONAL),
	FIELD_INT (peer_row, last_seen_ms,    "last_seen_ms",    0, INT64_MAX,       OPTIONAL),
	FIELD_STRS(peer_row, addresses,       "addresses",
	    GOOP_ADDRESS_TEXT_MAX, GOOP_ADDRESSES_MAX, OPTIONAL),
	FIELD_STR (peer_row, source,          "source",          SOURCE_MAX,         OPTIONAL),
	FIELD_BOOL(peer_row, is_verified,     "is_verified",                         OPTIONAL),
	FIELD_BOOL(peer_row, is_proven,       "is_proven",                           OPTIONAL),
	FIELD_STR (peer_row, way,             "way",             WORD_MAX,           OPTIONAL),
	FIELD_INT (peer_row, rtt_us,          "rtt_us",          0, INT64_MAX,       OPTIONAL),
	FIELD_STR (peer_row, tag,             "tag",             WORD_MAX,           OPTIONAL),
	FIELD_END
};
const struct message peer_row_message = MESSAGE(peer_row);

static const struct field peers_reply_fields[] = {
	FIELD_LIST(peers_reply, peers, "peers",
	    peer_row_message, GOOP_PEERS_MAX, REQUIRED),
	FIELD_END
};
const struct message peers_reply_message = MESSAGE(peers_reply);

static const struct field self_profile_fields[] = {
	FIELD_STR (self_profile, label,           "label",           GOOP_LABEL_MAX, OPTIONAL),
	FIELD_STR (self_profile, email,           "email",           EMAIL_MAX,      OPTIONAL),
	FIELD_BOOL(self_profile, video_disabled,  "video_disabled",                  OPTIONAL),
	FIELD_STR (self_profile, active_template, "active_template", TEMPLATE_MAX,   OPTIONAL),
	FIELD_STR (self_profile, verification_token,
	                                          "verification_token", TOKEN_MAX,   OPTIONAL),
	FIELD_END
};
const struct message self_profile_message = MESSAGE(self_profile);

static const struct field server_row_fields[] = {
	FIELD_STR (server_row, url,          "url",          GOOP_URL_MAX, REQUIRED),
	FIELD_BOOL(server_row, is_own,       "is_own",                     OPTIONAL),
	FIELD_BOOL(server_row, is_connected, "is_connected",               OPTIONAL),
	FIELD_STR (server_row, transport,    "transport",    WORD_MAX,     OPTIONAL),
	FIELD_STR (server_row, mode,         "mode",         WORD_MAX,     OPTIONAL),
	FIELD_BOOL(server_row, is_ours,      "is_ours",                    OPTIONAL),
	FIELD_STR (server_row, state,        "state",        SENTENCE_MAX, REQUIRED),
	FIELD_INT (server_row, peers,        "peers",  0, GOOP_PEERS_MAX,  REQUIRED),
	FIELD_STR (server_row, last_error,   "last_error",   SENTENCE_MAX, OPTIONAL),
	FIELD_INT (server_row, next_try_ms,  "next_try_ms", 0, INT64_MAX,  OPTIONAL),
	FIELD_END
};
const struct message server_row_message = MESSAGE(server_row);

static const struct field servers_reply_fields[] = {
	FIELD_LIST(servers_reply, servers, "servers",
	    server_row_message, GOOP_SERVERS_MAX, REQUIRED),
	FIELD_END
};
const struct message servers_reply_message = MESSAGE(servers_reply);

static const struct field server_ref_fields[] = {
	FIELD_STR(server_ref, url, "url", GOOP_URL_MAX, REQUIRED),
	FIELD_END
};
const struct message server_ref_message = MESSAGE(server_ref);

static const struct field server_tried_fields[] = {
	FIELD_STR (server_tried, url,     "url",     GOOP_URL_MAX, REQUIRED),
	FIELD_BOOL(server_tried, is_ours, "is_ours",               OPTIONAL),
	FIELD_STR (server_tried, wrong,   "wrong",   SENTENCE_MAX, OPTIONAL),
	FIELD_STR (server_tried, advice,  "advice",  SENTENCE_MAX, OPTIONAL),
	FIELD_END
};
const struct message server_tried_message = MESSAGE(server_tried);
/* clang-format on */

DISCOVERY_OPS(OP_DEFINE)
DISCOVERY_EVENTS(EVENT_DEFINE)
