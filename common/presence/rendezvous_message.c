#include "common/presence/rendezvous_message.h"

/*
 * docs/rendezvous-1.1.md, "Messages": the original's keys in the original's
 * order, ours behind them. The two tables differ in their limits alone.
 */
/* clang-format off */
#define FIELDS(CAP, NEED, COUNT, TS_MIN) \
	FIELD_STR (rendezvous_message, type,       "type",       CAP(TYPE),       NEED), \
	FIELD_STR (rendezvous_message, peer_id,    "peerId",     CAP(PEER_ID),    NEED), \
	FIELD_STR (rendezvous_message, content,    "content",    CAP(CONTENT),    OPTIONAL), \
	FIELD_STR (rendezvous_message, email,      "email",      CAP(EMAIL),      OPTIONAL), \
	FIELD_STR (rendezvous_message, avatar_hash, "avatarHash", CAP(AVATAR_HASH), OPTIONAL), \
	FIELD_BOOL(rendezvous_message, video_disabled, "videoDisabled",           OPTIONAL), \
	FIELD_STR (rendezvous_message, active_template, "activeTemplate", CAP(TEMPLATE), OPTIONAL), \
	FIELD_STR (rendezvous_message, target,     "target",     CAP(PEER_ID),    OPTIONAL), \
	FIELD_STRS(rendezvous_message, addrs,      "addrs",      CAP(ADDR), COUNT, OPTIONAL), \
	FIELD_STR (rendezvous_message, verification_token, "verificationToken", CAP(TOKEN), OPTIONAL), \
	FIELD_STR (rendezvous_message, public_key, "publicKey",  CAP(PUBLIC_KEY), OPTIONAL), \
	FIELD_BOOL(rendezvous_message, encryption_supported, "encryptionSupported", OPTIONAL), \
	FIELD_STR (rendezvous_message, client_version, "goopClientVersion", CAP(VERSION), OPTIONAL), \
	FIELD_INT (rendezvous_message, ts_ms,      "ts",  TS_MIN, INT64_MAX,      NEED), \
	FIELD_BOOL(rendezvous_message, verified,   "verified",                    OPTIONAL), \
	FIELD_STR (rendezvous_message, proof,      "proof",      CAP(PROOF),      OPTIONAL), \
	FIELD_BOOL(rendezvous_message, full,       "full",                        OPTIONAL), \
	FIELD_STR (rendezvous_message, cursor,     "cursor",     CAP(CURSOR),     OPTIONAL), \
	FIELD_END
/* clang-format on */

#define CONTRACT(what) RENDEZVOUS_##what##_MAX
#define ANY(what)      RENDEZVOUS_MESSAGE_MAX

static const struct field rendezvous_message_fields[] = { FIELDS(
    CONTRACT, REQUIRED, RENDEZVOUS_ADDRS_MAX, 0) };
const struct message rendezvous_message = MESSAGE(rendezvous_message);

static const struct field rendezvous_heard_message_fields[] = { FIELDS(
    ANY, OPTIONAL, RENDEZVOUS_MESSAGE_MAX, INT64_MIN) };
const struct message rendezvous_heard_message = { "rendezvous_message",
	sizeof(struct rendezvous_message), rendezvous_heard_message_fields };
