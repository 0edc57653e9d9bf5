#include "common/presence/presence.h"

/*
 * goop-protocols 3.2, in the order in which the original writes them; the
 * limits are those of the original's rendezvous server. The peer table goes by
 * peerId, everything else may be absent.
 */
/* clang-format off */
static const struct field presence_fields[] = {
	FIELD_STR (presence, type,            "type",            16,  REQUIRED),
	FIELD_STR (presence, peer_id,         "peerId",          128, REQUIRED),
	FIELD_STR (presence, content,         "content",         256, OPTIONAL),
	FIELD_STR (presence, email,           "email",           320, OPTIONAL),
	FIELD_STR (presence, avatar_hash,     "avatarHash",      64,  OPTIONAL),
	FIELD_BOOL(presence, video_disabled,  "videoDisabled",        OPTIONAL),
	FIELD_STR (presence, active_template, "activeTemplate",  128, OPTIONAL),
	FIELD_STRS(presence, addrs,           "addrs",       512, 32, OPTIONAL),
	FIELD_BOOL(presence, encryption_supported,
	                                      "encryptionSupported",  OPTIONAL),
	FIELD_STR (presence, client_version,  "goopClientVersion", 64, OPTIONAL),
	FIELD_INT (presence, ts_ms,           "ts",    0, INT64_MAX,  REQUIRED),
	FIELD_END
};
/* clang-format on */
const struct message presence_message = MESSAGE(presence);
