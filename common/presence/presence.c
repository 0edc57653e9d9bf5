#include "common/presence/presence.h"

#include <string.h>

/*
 * Every field, in the order in which the original writes them. The first word
 * says which forms of the message have it: FIRST all, GOSSIP all but the one
 * for the first servers, SERVER those of rendezvous servers, LAN that of gossip
 * (and the one that is read whole). MAX() has the
 * limit on GossipSub, which is that of the peer table, and the servers'.
 */
/* clang-format off */
#define FIELDS(FIRST, GOSSIP, SERVER, LAN, MAX, NEED, TS_MIN) { \
	FIRST (FIELD_STR (presence, type,             "type",           MAX(16, 16),    NEED)) \
	FIRST (FIELD_STR (presence, peer_id,          "peerId",         MAX(128, RENDEZVOUS_PEER_ID_MAX), NEED)) \
	FIRST (FIELD_STR (presence, content,          "content", \
	                                       MAX(256, RENDEZVOUS_CONTENT_MAX),    OPTIONAL)) \
	FIRST (FIELD_STR (presence, email,            "email",          MAX(320, 320),  OPTIONAL)) \
	FIRST (FIELD_STR (presence, avatar_hash,      "avatarHash",     MAX(64, 128),   OPTIONAL)) \
	GOSSIP(FIELD_BOOL(presence, video_disabled,   "videoDisabled",                  OPTIONAL)) \
	GOSSIP(FIELD_STR (presence, active_template,  "activeTemplate", MAX(128, 256),  OPTIONAL)) \
	SERVER(FIELD_STR (presence, target,           "target",         MAX(0, 256),    OPTIONAL)) \
	GOSSIP(FIELD_STRS(presence, addrs,            "addrs", \
	           MAX(512, RENDEZVOUS_ADDR_MAX), MAX(32, RENDEZVOUS_ADDRS_MAX),    OPTIONAL)) \
	SERVER(FIELD_STR (presence, verification_token, "verificationToken", MAX(0, 1024), OPTIONAL)) \
	SERVER(FIELD_STR (presence, public_key,       "publicKey",      MAX(0, 128),    OPTIONAL)) \
	GOSSIP(FIELD_BOOL(presence, encryption_supported, "encryptionSupported",        OPTIONAL)) \
	GOSSIP(FIELD_STR (presence, client_version,   "goopClientVersion", MAX(64, 64), OPTIONAL)) \
	FIRST (FIELD_INT (presence, ts_ms,            "ts",         TS_MIN, INT64_MAX,  NEED)) \
	SERVER(FIELD_BOOL(presence, verified,         "verified",                       OPTIONAL)) \
	SERVER(FIELD_STR (presence, proof,            "proof", \
	                                         MAX(0, RENDEZVOUS_PROOF_MAX),      OPTIONAL)) \
	SERVER(FIELD_BOOL(presence, full,             "full",                           OPTIONAL)) \
	SERVER(FIELD_STR (presence, cursor,           "cursor",         MAX(0, RENDEZVOUS_CURSOR_MAX), OPTIONAL)) \
	LAN   (FIELD_STR (presence, tag,              "tag",            MAX(16, 16),    OPTIONAL)) \
	FIELD_END }
#define KEPT(...) __VA_ARGS__,
#define LEFT_OUT(...)
#define ON_GOSSIP(gossip, server)  gossip
#define AT_SERVERS(gossip, server) server
#define ANY(gossip, server)        RENDEZVOUS_MESSAGE_MAX
#define FORM(name) { "presence", sizeof(struct presence), name }

static const struct field gossip_fields[] =
	FIELDS(KEPT, KEPT, LEFT_OUT, KEPT, ON_GOSSIP, REQUIRED, 0);
static const struct field server_fields[] =
	FIELDS(KEPT, KEPT, KEPT, LEFT_OUT, AT_SERVERS, REQUIRED, 0);
static const struct field published_fields[] =
	FIELDS(KEPT, KEPT, KEPT, KEPT, ANY, OPTIONAL, INT64_MIN);
static const struct field first_fields[] =
	FIELDS(KEPT, LEFT_OUT, LEFT_OUT, LEFT_OUT, AT_SERVERS, REQUIRED, 0);
/* clang-format on */

const struct message presence_gossip_message = FORM(gossip_fields);
const struct message presence_server_message = FORM(server_fields);
const struct message presence_published_message = FORM(published_fields);
const struct message presence_first_message = FORM(first_fields);

void
presence_fini(struct presence *presence)
{
	message_fini(&presence_published_message, presence);
}

bool
presence_is(const struct presence *presence, const char *type)
{
	return strcmp(presence->type, type) == 0;
}
